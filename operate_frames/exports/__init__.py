"""Rows to files: written as they come, put in place when complete, gone on with after a stop."""
