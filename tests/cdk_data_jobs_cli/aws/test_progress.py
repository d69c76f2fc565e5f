"""Progress, as read from the attributes of a job."""

from __future__ import annotations

import json
from pathlib import Path

from cdk_data_jobs_cli.aws.progress import Progress

HOME = Path(__file__).parents[3]


def test_the_counts_among_the_attributes_of_the_job_kinds_are_read() -> None:
    table = json.loads((HOME / "lambda/data_jobs/definitions.json").read_text())
    attributes = table["Custom::PinpointImportJob"]["attributes"]
    counts = {name: str(number) for number, name in enumerate(attributes, start=10)}

    progress = Progress.from_attributes(counts)

    assert {name: counts[name] for name in ("totalPieces", "completedPieces", "totalProcessed", "totalFailures")} == {
        "totalPieces": str(progress.pieces),
        "completedPieces": str(progress.completed),
        "totalProcessed": str(progress.rows),
        "totalFailures": str(progress.failures),
    }
    assert "numDeleted" in table["Custom::PersonalizeDataDeletionJob"]["attributes"]
    assert Progress.from_attributes({"numDeleted": "7"}).rows == 7


def test_only_known_counts_are_shown() -> None:
    assert str(Progress(pieces=8, completed=3, rows=1200, failures=2)) == "3/8 pieces, 1,200 rows, 2 failed"
    assert str(Progress(rows=0, failures=0)) == "0 rows"
    assert str(Progress.from_attributes({"totalPieces": "", "totalProcessed": "many"})) == ""
    assert Progress(pieces=4, completed=5).fraction == 1.0
    assert Progress(pieces=0).fraction is None
