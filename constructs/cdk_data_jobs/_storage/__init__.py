"""Where the data of jobs lies. Not public; what apps use of it is in `storage` and `buckets`."""
