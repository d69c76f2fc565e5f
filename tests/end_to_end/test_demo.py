"""`make demo` does what the README says."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent.parent


def test_the_demo_shows_what_was_imported_and_leaves_nothing_running() -> None:
    demo = subprocess.run(  # noqa: S603 - it is ours
        [sys.executable, HOME / "examples" / "demo.py"], capture_output=True, text=True, check=False, timeout=300
    )

    assert demo.returncode == 0, demo.stdout + demo.stderr
    for name, rows in (("items", "80"), ("users", "150"), ("interactions", "1,500")):
        assert re.search(rf"bookshop-{name} .*ACTIVE .* {rows} ", demo.stdout), demo.stdout
    assert re.search(r"Its time is compressed: 200\s+seconds pass there in one of\s+yours", demo.stdout)
    assert re.search(r"cdk deploy: \d+ s of your time", demo.stdout)
    assert "npx cdk deploy" in demo.stdout
    port = re.search(r"http://127.0.0.1:(\d+)", demo.stdout)
    assert port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(port[1])))
