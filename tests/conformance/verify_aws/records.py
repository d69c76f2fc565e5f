"""The file of a stage: what an AWS answered, when and where, without the account's id. It is what a person sends."""

from __future__ import annotations

import json
import platform
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify_aws.stage import Observation

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
"""What AWS answered, as `make verify-aws` wrote it; never edited by hand."""

AWS, EMULATED = "AWS", "an endpoint that is configured"
"""Who answered."""

_PACKAGES = ("aws-cdk-lib", "boto3", "cdk-data-jobs")


@dataclass(kw_only=True)
class Record:
    """What was observed of a stage.

    Attributes:
        stage: The stage's letter.
        answered_by: `AWS` or `EMULATED`.
        region: The Region's name.
        date: The day, in UTC.
        versions: The versions of what asked.
        steps: The steps that are done: how many seconds each took, and its observations by their names.
    """

    stage: str
    answered_by: str
    region: str
    date: str = field(default_factory=lambda: datetime.now(timezone.utc).date().isoformat())
    versions: dict[str, str] = field(
        default_factory=lambda: {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    )
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers, by the observations' names."""
        observations = (one for step in self.steps.values() for one in step["observations"].items())
        return {name: observation["answer"] for name, observation in observations}

    def add(self, step: str, seconds: float, observed: dict[str, Observation]) -> None:
        """Adds a step that is done."""
        self.steps[step] = {
            "seconds": round(seconds),
            "observations": {name: one.as_json() for name, one in observed.items()},
        }

    def write(self, file: Path, *, account: str) -> None:
        """Writes it.

        Raises:
            ValueError: It would hold an account's id. Then nothing is written.
            OSError: It cannot be written. Then the old one stays.
        """
        text = json.dumps(vars(self), indent=2) + "\n"
        if found := re.search(rf"{account}|(?<!\d)\d{{12}}(?!\d)", text):
            raise ValueError(f"the record would hold what may be an account's id: {found[0]}")
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        # At once, for whoever ends this process in the middle of it.
        new.replace(file)

    @classmethod
    def read(cls, file: Path) -> Record:
        """Reads one.

        Raises:
            ValueError: It is none.
        """
        try:
            record = cls(**json.loads(file.read_text(encoding="utf-8")))
            _ = record.answers
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file} is no record: {error}") from error
        return record
