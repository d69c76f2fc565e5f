"""The examples deploy as they stand, as far as the offline AWS has their services."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cdk_data_jobs_local import OfflineAws

HOME = Path(__file__).parent.parent.parent
ELSEWHERE = {"aws_job_bedrock_ingestion", "aws_job_ses_contacts"}
"""Examples for services of which the offline AWS has no CloudFormation resources; other tests synthesize them."""

EXAMPLES = sorted({path.stem for path in (HOME / "examples").glob("*.py")} - {"demo", "make_data"} - ELSEWHERE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_deploys(aws: OfflineAws, example: str, tmp_path: Path) -> None:
    aws.personalize.durations(pending=30, in_progress=60, creating=0)
    app = f"{sys.executable} {HOME / 'examples' / example}.py"
    given = ("--context", f"solutionVersionArn={solution_version(aws)}") if example == "personalize_batch" else ()

    deployed = aws.cdk("deploy", "--all", "--require-approval", "never", *given, cwd=HOME, app=app, outdir=tmp_path)
    destroyed = aws.cdk("destroy", "--all", "--force", *given, cwd=HOME, app=app, outdir=tmp_path)

    assert deployed.returncode == 0, deployed.stdout
    assert destroyed.returncode == 0, destroyed.stdout


def solution_version(aws: OfflineAws) -> str:
    """Train a model outside of any app, as its owner does."""
    personalize = aws.client("personalize")
    group = personalize.create_dataset_group(name="trained")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    solution = personalize.create_solution(name="trained", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    return str(personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"])
