"""Figures and pictures of what was read."""
