"""What rows get from further requests: keys, dates and names looked up elsewhere, and details of one row each."""
