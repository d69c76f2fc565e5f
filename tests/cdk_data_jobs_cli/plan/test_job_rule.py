"""The rule is loaded from where the function's code is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[3]
PROGRAM = """
import json, sys
from cdk_data_jobs_cli.plan import job_rule
old = {"Parameters": {"datasetArn": "a", "roleArn": "a"}}
kind = "Custom::PersonalizeDatasetImportJob"
found = [job_rule.runs(kind, old, {"Parameters": {"datasetArn": name, "roleArn": "b"}}) for name in "ab"]
print(json.dumps([found, sys.modules["data_jobs"].__file__, sorted({"aws_cdk", "cdk_data_jobs"} & set(sys.modules))]))
"""


def test_an_installed_package_has_it_and_is_not_imported(tmp_path: Path) -> None:
    package = tmp_path / "cdk_data_jobs"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit")
    (package / "_lambda").symlink_to(HOME / "lambda")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(HOME / "cli")])}

    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert json.loads(done.stdout) == [[False, True], str(package / "_lambda" / "data_jobs" / "__init__.py"), []]
