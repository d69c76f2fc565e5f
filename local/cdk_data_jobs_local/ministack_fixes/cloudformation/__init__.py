"""Stacks: their operations, their resources, and what custom resources are told."""
