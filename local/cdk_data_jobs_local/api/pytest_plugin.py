"""The pytest fixture `offline_aws`, for tests of your own stacks.

It comes with `pip install cdk-data-jobs-local`; tests take it as an argument:

```python
def test_my_data_is_imported(offline_aws):
    offline_aws.bootstrap()
    deployed = offline_aws.cdk("deploy", "--require-approval", "never")

    assert deployed.returncode == 0
    assert offline_aws.personalize.jobs()[-1]["status"] == "ACTIVE"
```
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local.api.offline_aws import OfflineAws


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--offline-aws-speed`."""
    parser.addoption(
        "--offline-aws-speed",
        type=float,
        default=60.0,
        help="how many seconds pass for the services of the offline_aws fixture in one real second (default: 60)",
    )


@pytest.fixture(scope="session")
def offline_aws(request: pytest.FixtureRequest) -> Iterator[OfflineAws]:
    """An AWS account on this machine, for all tests of the session; see `cdk_data_jobs_local.OfflineAws`.

    It starts when the first test requests it, and `offline_aws.bootstrap()` bootstraps it when it is first called.
    """
    # Most test sessions that load this plug-in never start it.
    from cdk_data_jobs_local.api.offline_aws import OfflineAws  # noqa: PLC0415

    capture = request.config.pluginmanager.getplugin("capturemanager")
    with contextlib.ExitStack() as stack:
        # The very first start installs the server, which takes a while and says so.
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            aws = stack.enter_context(OfflineAws(speed=request.config.getoption("--offline-aws-speed")))
        yield aws
