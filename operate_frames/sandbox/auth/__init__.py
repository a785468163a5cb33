"""How one signs in to the sandbox."""
