"""The requirements that install what is installed, by the records that pip writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_cli.commands.installed_from import library_requirements

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = {"url": "file:///home/me/my%20checkout", "dir_info": {"editable": True}}
WHEEL = {"url": "file:///dist/cdk_data_jobs-7.1.2-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "0"}}}
REPOSITORY = {"url": "https://example.com/jobs.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}}


@pytest.mark.parametrize(
    ("library", "check", "expected"),
    [
        (None, None, ["cdk-data-jobs[cli]~=7.1.2"]),
        (
            FOLDER,
            {**FOLDER, "url": f"{FOLDER['url']}/check"},
            [
                "cdk-data-jobs-check @ file:///home/me/my%20checkout/check",
                "cdk-data-jobs[cli] @ file:///home/me/my%20checkout",
            ],
        ),
        (WHEEL, None, ["cdk-data-jobs[cli] @ file:///dist/cdk_data_jobs-7.1.2-py3-none-any.whl"]),
        (
            REPOSITORY,
            {**REPOSITORY, "subdirectory": "check"},
            [
                "cdk-data-jobs-check @ git+https://example.com/jobs.git@0a1b#subdirectory=check",
                "cdk-data-jobs[cli] @ git+https://example.com/jobs.git@0a1b",
            ],
        ),
    ],
    ids=["index", "folder", "wheel", "repository"],
)
def test_they_name_where_the_library_was_installed_from(
    library: object, check: object, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, record in (("cdk-data-jobs", library), ("cdk-data-jobs-check", check)):
        folder = tmp_path / f"{name.replace('-', '_')}-7.1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 7.1.2\n")
        if record:
            (folder / "direct_url.json").write_text(json.dumps(record))
    monkeypatch.syspath_prepend(str(tmp_path))

    assert [*library_requirements()] == expected
