"""Functions: how many run at once, and what becomes of what they do wrong."""
