"""The access of services to the data of jobs: roles, and policies of buckets and keys. Not public."""
