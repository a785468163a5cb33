"""The rows of v2, made of what the sandbox is filled with."""
