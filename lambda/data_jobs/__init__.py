"""What runs in AWS: one function, one step at a time."""
