"""Pages fetched side by side."""
