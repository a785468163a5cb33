"""What the rows say: figures and pictures of what was read."""
