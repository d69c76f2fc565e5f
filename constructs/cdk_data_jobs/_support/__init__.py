"""Helpers that know CDK, but nothing of jobs. Not public."""
