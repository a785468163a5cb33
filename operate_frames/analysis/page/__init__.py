"""A report on one process as one HTML file: what is read for it, its figures, the page."""
