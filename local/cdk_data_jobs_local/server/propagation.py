"""Roles and policies so new that a service does not know them yet.

IAM is eventually consistent (IAM user guide, "Troubleshooting IAM", "Changes that I make are not always immediately
visible"): a role, or a policy of one, that was made seconds ago may be unknown to the service that is to use it. How
long that takes is not documented; published notebooks of Amazon Personalize wait for 20 to 60 seconds. MiniStack 1.5.33
knows everything at once, and so does the offline AWS, unless a test sets `AccountSettings.propagation`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import json
import threading
import time

from ministack.core import iam_evaluator
from ministack.services import iam

from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.clock import Clock

_POLL_SECONDS = 0.05
_LONG_AGO = float("-inf")


class Propagation:
    """Since when each role is as it is; it is looked at only while it matters."""

    def __init__(self, clock: Clock, settings: AccountSettings) -> None:
        """Creates it.

        Args:
            clock: The emulated clock.
            settings: How long it takes until a role is known.
        """
        self._clock, self._settings = clock, settings
        self._seen: dict[tuple[str, str], tuple[str, float]] = {}
        self._is_watching = False
        self._lock = threading.Lock()

    def keep_watching(self) -> None:
        """Starts to record when roles change."""
        threading.Thread(target=self._watch, daemon=True, name="cdk-data-jobs-roles").start()

    def is_known(self, account: str, role: str) -> bool:
        """Returns whether a service knows a role as it is now."""
        if not self._settings.propagation:
            return True
        self._look()
        _, since = self._seen[account, role]
        return self._clock.now() >= since + self._settings.propagation

    def _watch(self) -> None:
        while True:
            time.sleep(_POLL_SECONDS)
            if self._settings.propagation:
                self._look()
            else:
                self._seen, self._is_watching = {}, False

    def _look(self) -> None:
        with self._lock:
            # Roles that exist when the watch begins are known already.
            now = self._clock.now() if self._is_watching else _LONG_AGO
            for account, name in list(iam._roles._data):
                state = _state(account, name)
                if self._seen.get((account, name), ("", 0.0))[0] != state:
                    self._seen[account, name] = (state, now)
            self._is_watching = True


def _state(account: str, name: str) -> str:
    record = iam._roles.get_scoped(account, None, name) or {}
    policies = iam_evaluator._gather_role_policies(name, account)
    return json.dumps([record.get("AssumeRolePolicyDocument"), policies], sort_keys=True, default=str)
