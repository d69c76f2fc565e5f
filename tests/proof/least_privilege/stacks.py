"""The stacks of the proof: between them every kind of job, of access, and of whoever asks for runs.

Each is synthesized under a placeholder for its name, which is part of every name in it, so that many may be deployed at
the same time, each with something else taken away. Step 2 is an update: new tags for some jobs, a new run for others.
The jobs are those of the catalogue of the constructs' tests, in surroundings that can be deployed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import App
from least_privilege import other_jobs, personalize_jobs, run_jobs, waiting_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from least_privilege.scenario import Scenario

SCENARIOS: list[Scenario] = [
    *personalize_jobs.SCENARIOS,
    *other_jobs.SCENARIOS,
    *run_jobs.SCENARIOS,
    *waiting_jobs.SCENARIOS,
]


def synthesize(one: Scenario, step: int, folder: Path) -> list[dict[str, Any]]:
    """Synthesize a scenario; returns the templates of its stacks, in the order of their deployment.

    Args:
        one: The scenario.
        step: 1 to create it, 2 to update it.
        folder: Where it goes.
    """
    app = App(outdir=str(folder), analytics_reporting=False, context={"aws:cdk:enable-path-metadata": True})
    one.build(app, one.name, step)
    app.synth()
    files = (folder / f"{one.name}{suffix}.template.json" for suffix in ("Home", ""))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
