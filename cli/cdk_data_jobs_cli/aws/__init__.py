"""What AWS reports about a stack and its jobs. No module here prints, or knows the command line."""
