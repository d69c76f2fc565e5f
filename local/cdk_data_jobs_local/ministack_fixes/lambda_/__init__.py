"""Functions: their interpreter, their concurrency and their errors."""
