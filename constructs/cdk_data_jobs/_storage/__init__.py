"""Locations, local files and the buckets that the library creates. Not public; `storage` and `buckets` are."""
