"""Who may do what: policies, roles that are passed on, and what services know of them."""
