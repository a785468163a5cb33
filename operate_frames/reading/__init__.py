"""From pages to rows: complete, in order, resumable; Arrow only."""
