"""Objects that are encrypted with keys of AWS KMS."""
