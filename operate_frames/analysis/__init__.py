"""What the rows say: figures of frames that were read, or of a question."""
