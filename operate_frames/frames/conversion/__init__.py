"""Arrow to pandas, column by column."""
