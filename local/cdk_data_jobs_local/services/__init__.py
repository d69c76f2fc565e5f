"""The services that MiniStack lacks."""
