"""Rows as columns of numbers, encoded once: what both APIs of the sandbox search."""
