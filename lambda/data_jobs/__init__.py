"""The Lambda function: starts runs, and takes one step of a run at a time."""
