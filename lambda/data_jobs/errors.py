"""Classifies the errors of calls to AWS by what a run can do about them."""

from typing import Any

from boto3.exceptions import S3TransferFailedError
from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError
from s3transfer import exceptions

from data_jobs.messages import MAX_MESSAGE_BYTES, truncate

PROPAGATION_GRACE = 180
"""Seconds for which denied calls are retried, because new permissions take time to be in effect everywhere, and calls
to services that cannot be reached."""

THROTTLING_CODES = frozenset({"TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})

COPY_SOURCE_CHANGED = getattr(exceptions, "S3CopyFailedError", S3TransferFailedError)
"""What newer SDKs raise if a file changes while it is copied. Older ones raise S3's own error, with status 412."""

TRANSIENT_ERRORS = (HTTPClientError, ResponseParserError, COPY_SOURCE_CHANGED)
"""Errors of the network, a truncated response, a file that changed while it was copied."""

TRANSIENT_STATUSES = frozenset({412, 429, *range(500, 600)})
"""A file that changed while it was copied, too many requests, the service's own errors."""


class CallFailed(Exception):  # noqa: N818
    """A call to AWS failed.

    Attributes:
        category: `busy` (worth waiting: a quota, throttling, an error of the service or of the network), `denied` (a
            permission is missing, or not yet in effect), `unreachable` (no connection to a service that this run has
            never reached, or no job of a taken name), `taken` (the job's name or token is used up), or `refused` (for
            good).
        message: The service's error code and message, truncated.
        may_have_effect: Whether the call may have taken effect, or may still do so.
        retry_after: Seconds until the call may be made again, if not the usual ones.
    """

    retry_after: int | None = None

    def __init__(self, category: str, message: str, *, may_have_effect: bool = False) -> None:
        """Truncates the message to what a run has room for."""
        super().__init__(message)
        self.category = category
        self.message = truncate(message, MAX_MESSAGE_BYTES)
        self.may_have_effect = may_have_effect

    @classmethod
    def from_error(cls, error: Exception, definition: dict[str, Any] | None = None) -> "CallFailed":
        """Classifies an error of botocore, by the definition of the job whose service was called, if any."""
        definition = definition or {}
        if not isinstance(error, ClientError):
            message = f"{type(error).__name__}: {error}"
            if isinstance(error, ConnectionError):  # botocore's own
                # Other errors may also mean that a connection broke later, behind a proxy or under TLS.
                was_sent = not isinstance(error, (ConnectTimeoutError, EndpointConnectionError))
                message = f"the service cannot be reached: {message}"
                return cls("unreachable", message, may_have_effect=was_sent)
            is_transient = isinstance(error, TRANSIENT_ERRORS)
            return cls("busy" if is_transient else "refused", message, may_have_effect=is_transient)
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        message = f"{code}: {error.response.get('Error', {}).get('Message', '')}"
        is_throttled = code in THROTTLING_CODES or "Throttl" in code
        category = "refused"
        taken = (*definition.get("name", {}).get("taken", ()), *definition.get("token_taken", ()))
        if any(one == code or (" " in one and one in message) for one in taken):
            category = "taken"
        elif any(part in message for part in definition.get("denied", ())) or "AccessDenied" in code:
            category = "denied"
        elif is_throttled or code in definition.get("busy", ()) or status in TRANSIENT_STATUSES:
            category = "busy"
        elif status == 403:  # noqa: PLR2004
            category = "denied"
        return cls(category, message, may_have_effect=status >= 500)  # noqa: PLR2004

    @property
    def is_quota(self) -> bool:
        """Whether a quota is full, so that other jobs must end first."""
        code = self.message.partition(":")[0]
        is_full = "Exceeded" in code or "Quota" in code
        return self.category == "busy" and is_full and not self.is_throttling

    @property
    def is_throttling(self) -> bool:
        """Whether there were too many calls."""
        code = self.message.partition(":")[0]
        return code in THROTTLING_CODES or "Throttl" in code
