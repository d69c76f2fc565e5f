"""Objects that are encrypted with keys of AWS KMS, and the deletion of buckets."""
