"""Permissions: policies, and roles that are passed to services."""
