"""Stacks: their operations, their resources, and the requests to custom resources."""
