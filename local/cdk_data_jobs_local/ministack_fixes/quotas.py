"""Quotas of an account's calls in a Region, for the two fixes `throttling`.

Step Functions gives a bucket of calls for each operation, account and Region, which is refilled (developer guide,
"Quotas", "Quotas related to API action throttling" and "Other quotas" there); it is larger in three Regions. All state
machines of the account share it.

CloudFormation throttles DescribeStacks and DescribeStackResource too, and documents no quota: that of
`AccountSettings.stack_calls` is inferred. Five calls of DescribeStacks a second are what AWS wrote to a user
(aws/aws-sam-cli#2671). That the bucket holds two seconds' calls, and that DescribeStackResource has one like it, has
no source.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from ministack.core.responses import get_account_id, get_region

from cdk_data_jobs_local.account_settings import AccountSettings

LARGE_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
STEP_FUNCTIONS = {
    "StartExecution": ((1300, 300), (800, 150)),
    "DescribeExecution": ((300, 15), (250, 10)),
    "ListExecutions": ((200, 5), (100, 2)),
}
"""Of each operation the size of its bucket, in calls, and what refills it, in calls a second: first in `LARGE_REGIONS`,
then in all others."""

CLOUDFORMATION = ("DescribeStacks", "DescribeStackResource")
_ASSUMED_BUCKET_SECONDS = 2


class Now(Protocol):
    """A clock."""

    def now(self) -> float:
        """Returns the time in Unix seconds."""
        ...


class TokenBucket:
    """How many calls are allowed now."""

    def __init__(self, clock: Now, size: int, refill: float) -> None:
        """Creates a full one.

        Args:
            clock: The emulated clock.
            size: How many calls may be made at once.
            refill: How many come back in a second of that clock.
        """
        self._clock, self._size, self._refill = clock, size, refill
        self._left, self._refilled = float(size), clock.now()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Returns whether one more call is allowed now; then it counts."""
        with self._lock:
            now = self._clock.now()
            self._left = min(self._size, self._left + (now - self._refilled) * self._refill)
            self._refilled = now
            allowed = self._left >= 1
            self._left -= allowed
            return allowed


class Quotas:
    """The buckets of every account and Region, and how often each operation was called."""

    def __init__(self, clock: Now, settings: AccountSettings) -> None:
        """Creates it with full buckets.

        Args:
            clock: The emulated clock.
            settings: The limits of the account.
        """
        self._clock, self._settings = clock, settings
        self._buckets: dict[tuple[str, str, str, tuple[int, float]], TokenBucket] = {}
        self._allowed: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()
        self._lock = threading.Lock()

    def allow(self, operation: str, account: str, region: str) -> bool:
        """Returns whether one more call of an operation is allowed now; then it counts.

        Args:
            operation: One of `STEP_FUNCTIONS` or `CLOUDFORMATION`.
            account: The caller's account.
            region: The Region that is called.
        """
        size_and_refill = self._size_and_refill(operation, region)
        with self._lock:
            key = operation, account, region, size_and_refill
            if size_and_refill[0] and key not in self._buckets:
                self._buckets[key] = TokenBucket(self._clock, *size_and_refill)
            allowed = not size_and_refill[0] or self._buckets[key].take()
            (self._allowed if allowed else self._throttled)[operation] += 1
            return allowed

    def limit(self, operation: str, call: Callable[[Any], Any], refusal: Callable[[], Any]) -> Callable[[Any], Any]:
        """Returns a function that calls another as often as the quotas allow, in the account and Region of the request.

        Args:
            operation: The operation that the function is.
            call: The function, which takes a request and returns a response.
            refusal: Returns the response to a call that is throttled.
        """

        def limited(request: Any) -> Any:  # noqa: ANN401  (what ministack does not type)
            return call(request) if self.allow(operation, get_account_id(), get_region()) else refusal()

        return limited

    def calls(self) -> dict[str, dict[str, int]]:
        """Returns how often each operation was allowed, and how often it was throttled."""
        with self._lock:
            return {
                operation: {"allowed": self._allowed[operation], "throttled": self._throttled[operation]}
                for operation in (*STEP_FUNCTIONS, *CLOUDFORMATION)
            }

    def _size_and_refill(self, operation: str, region: str) -> tuple[int, float]:
        """Returns the size of a bucket, and the calls that refill it in a second; a size of 0 if there is no limit."""
        if operation in CLOUDFORMATION:
            refill = self._settings.stack_calls
            return round(refill * _ASSUMED_BUCKET_SECONDS), refill
        large, other = STEP_FUNCTIONS[operation]
        return large if region in LARGE_REGIONS else other
