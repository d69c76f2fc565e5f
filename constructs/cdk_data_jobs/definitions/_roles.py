"""What services answer about roles."""

ROLE_IS_NEW = (
    "annot be assumed",
    "annot assume",
    "nable to assume",
    "not authorized to assume",
    "allowed to assume",
)
"""Parts of messages about a role that the service may not assume, which takes a while to be in effect everywhere.
Believed: no service documents its message; that of Amazon RDS was reported by users."""
