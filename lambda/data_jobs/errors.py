"""Sorts the errors of calls to AWS by what a run can do about them."""

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
"""Seconds for which a refused permission is tried again: new roles and policies take time to be known everywhere. A
service that cannot be reached is tried for as long."""

THROTTLING_CODES = frozenset({"TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})

COPY_SOURCE_CHANGED = getattr(exceptions, "S3CopyFailedError", S3TransferFailedError)
"""What newer SDKs raise for a file that changed while it was copied. Older ones pass on S3's own answer, status 412."""

TRANSIENT_ERRORS = (HTTPClientError, ResponseParserError, COPY_SOURCE_CHANGED)
"""Errors of the network, a truncated response, and a file that changed while it was copied."""

TRANSIENT_STATUSES = frozenset({412, 429, *range(500, 600)})
"""A file that changed while it was copied, too many requests, and the service's own errors."""


class CallFailed(Exception):  # noqa: N818 - it says what happened
    """A call did not do what it was to do. What needs a call raises it, unless it handles the failure.

    Attributes:
        category: `busy` (worth waiting: a quota, throttling, an error of the service or of the network), `denied` (a
            permission is missing, perhaps only not known yet), `unreachable` (no connection to a service that this run
            has never reached), `taken` (the name is in use), or `refused` (for good).
        message: The service's code and message, as much as a run has room for.
        may_have_effect: Whether the call may have taken effect, or may still do so.
        retry_after: Seconds until the call may be made again, if that is known.
    """

    retry_after: int | None = None

    def __init__(self, category: str, message: str, *, may_have_effect: bool = False) -> None:
        """Keeps what the run must know."""
        super().__init__(message)
        self.category = category
        self.message = truncate(message, MAX_MESSAGE_BYTES)
        self.may_have_effect = may_have_effect

    @classmethod
    def from_error(cls, error: Exception, definition: dict[str, Any] | None = None) -> "CallFailed":
        """Returns the failure that an error of botocore means for a job of this definition."""
        definition = definition or {}
        if not isinstance(error, ClientError):
            message = f"{type(error).__name__}: {error}"
            if isinstance(error, ConnectionError):  # botocore's own
                # Behind a proxy, or under TLS, a connection that breaks later looks like one that was never made.
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
        if code in definition.get("name", {}).get("taken", ()):
            category = "taken"
        elif any(part in message for part in definition.get("denied", ())) or code.startswith("AccessDenied"):
            category = "denied"
        elif is_throttled or code in definition.get("busy", ()) or status in TRANSIENT_STATUSES:
            category = "busy"
        elif status == 403:  # noqa: PLR2004
            category = "denied"
        return cls(category, message, may_have_effect=status >= 500)  # noqa: PLR2004

    @property
    def is_quota(self) -> bool:
        """Whether it passes when other jobs have ended, and not when the service recovers."""
        code = self.message.partition(":")[0]
        is_full = "LimitExceeded" in code or "Quota" in code
        return self.category == "busy" and is_full and not self.is_throttling

    @property
    def is_throttling(self) -> bool:
        """Whether it passes when fewer calls are made."""
        code = self.message.partition(":")[0]
        return code in THROTTLING_CODES or "Throttl" in code
