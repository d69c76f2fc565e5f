from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_data_jobs_local import __main__
from cdk_data_jobs_local.__main__ import main
from cdk_data_jobs_local.state_file import recall


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CDK_DATA_JOBS_LOCAL_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "offline-aws.json"


def test_up_twice_status_and_down(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    try:
        # In a process of its own, which it must outlive.
        command = [sys.executable, "-m", "cdk_data_jobs_local", "up", "--speed", "30"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__main__.__file__).parents[1])}
        first = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout  # noqa: S603
        server = recall()
        assert server is not None
        assert main(["up"]) == 0
        assert capsys.readouterr().out == first
        assert main(["status"]) == 0
        assert capsys.readouterr().out == first
        assert main(["up", "--port", "1"]) == 1
        assert "already" in capsys.readouterr().err
    finally:
        assert main(["down"]) == 0

    assert f"export AWS_ENDPOINT_URL={server.endpoint_url}\n" in first
    assert (server.clock.speed, server.is_running(), server.directory.exists()) == (30, False, False)
    assert not state.exists()
    assert main(["status"]) == 1


def test_down_when_nothing_runs_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "# the offline AWS is down\n"


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"pid": 1, "port": 1, "clock": {}})])
def test_a_broken_memory_is_no_memory(state: Path, content: str) -> None:
    state.parent.mkdir()
    state.write_text(content)

    assert main(["status"]) == 1
