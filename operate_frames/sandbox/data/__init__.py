"""The rows that the sandbox holds."""
