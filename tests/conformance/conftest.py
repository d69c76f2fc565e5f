"""Puts the modules of `verify_aws` where tests find them, because this folder is no package, and has their account."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from command_runner import REGION
from verify_aws.offline import strict_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local import OfflineAws


@pytest.fixture(scope="session")
def account() -> Iterator[tuple[OfflineAws, str]]:
    """One offline AWS for the tests of a session, and its permissions boundary: each test leaves nothing in it."""
    with strict_account(REGION) as (aws, boundary):
        yield aws, boundary
