"""What a fix replaces was compared with MiniStack's original, and is compared again when that changes.

The table says what of the original is dropped on purpose. Where this test fails, read the original, bring back what the
replacement has lost, and write the table anew.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from cdk_data_jobs_local.api import server_environment

HERE = Path(__file__).parent
TABLE: dict[str, Any] = json.loads((HERE / "replaced_functions.json").read_text(encoding="utf-8"))

PARTLY = [name for name, row in TABLE.items() if row.get("partly")]
"""What a fix calls in some cases only, which nothing finds by itself."""


def test_every_function_that_a_fix_replaces_was_compared_with_the_original(tmp_path: Path) -> None:
    settings = {"AUTH": "true", "MINISTACK_ACCOUNT_ID": "111122223333", "MINISTACK_REGION": "eu-west-1"}
    done = subprocess.run(  # noqa: S603
        [server_environment.python(), HERE / "replacements.py", *PARTLY],
        env={**os.environ, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found == {name: row["source"] for name, row in TABLE.items()}


def test_the_table_says_what_is_dropped() -> None:
    assert [name for name, row in TABLE.items() if not row["dropped"].endswith(".")] == []
