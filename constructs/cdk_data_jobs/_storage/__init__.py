"""Locations, local files and the buckets that the library makes. Not public; `storage` and `buckets` are."""
