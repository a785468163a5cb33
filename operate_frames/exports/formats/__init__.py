"""The formats that files are written in: one class for each, and what they share."""
