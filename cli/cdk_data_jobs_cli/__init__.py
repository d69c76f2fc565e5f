"""The command line `data-jobs`: watches, lists and runs the jobs of a stack, and checks CSV files."""
