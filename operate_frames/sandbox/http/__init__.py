"""How the sandbox serves, logs and refuses."""
