"""What is joined to process instances: how it is read, resolved, and made into columns."""
