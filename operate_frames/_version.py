"""The version, in a room of its own so that no module has to import the public door for it."""

__version__ = "0.1.0"
