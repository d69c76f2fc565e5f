"""Errors of the offline AWS itself."""


class OfflineAwsError(RuntimeError):
    """The offline AWS cannot do what was requested; the message says why."""
