from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cdk_data_jobs_local.api import pytest_plugin

TEST = """
def test_one(offline_aws):
    assert offline_aws.server.clock.speed == 7
    offline_aws.client("s3").list_buckets()

def test_two(offline_aws):
    assert offline_aws.personalize.jobs() == []
"""


def test_the_fixture_gives_tests_an_offline_aws(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--offline-aws-speed", "7", str(tmp_path)]
    plugin = {"PYTEST_PLUGINS": pytest_plugin.__name__, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = {**os.environ, **plugin, "PYTHONPATH": str(Path(pytest_plugin.__file__).parents[2])}
    ran = subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True, env=environment, cwd=tmp_path
    )

    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr
