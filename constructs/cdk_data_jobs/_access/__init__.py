"""What the services that run jobs are allowed to do with data. Not public."""
