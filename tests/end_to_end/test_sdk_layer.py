"""A parameter that the SDK of the Lambda runtime does not support, with and without a layer that has a newer SDK."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import botocore
import pytest
from apps.sdk_layer import SdkLayer

if TYPE_CHECKING:
    from deployed.stack import DeployedStack

    from cdk_data_jobs_local import OfflineAws

SITE = Path(str(botocore.__file__)).parents[1]
PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3")


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """What `pip install --target layer/python boto3` makes, of the SDK that is installed here."""
    python = tmp_path / "layer" / "python"
    for name in PACKAGES:
        shutil.copytree(SITE / name, python / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SITE / "six.py", python)
    return python.parent


@pytest.fixture
def version(aws: OfflineAws) -> str:
    """The ARN of a solution version."""
    aws.personalize.durations(creating=0)
    personalize = aws.client("personalize")
    group = personalize.create_dataset_group(name="ranked")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    solution = personalize.create_solution(name="ranked", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    return str(personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"])


def test_a_layer_supports_what_the_runtime_does_not(stack: DeployedStack, layer: Path, version: str) -> None:
    stack.app = SdkLayer
    users = stack.folder / "users.json"
    users.write_text('{"userId": "ann"}\n')
    with pytest.raises(ValueError, match=r"rankingInfluence'; correct it, or give the job a runner with a newer SDK"):
        stack.deploy(users=str(users), version=version)

    empty = stack.folder / "empty"
    empty.mkdir()
    (empty / "readme.txt").write_text("no SDK")
    printed = stack.deploy(layer=str(empty), fails=True)
    assert "Unknown parameter in batchInferenceJobConfig" in printed

    stack.deploy(layer=str(layer))
    job = stack.client("personalize").describe_batch_inference_job(batchInferenceJobArn=stack.output("JobArn"))
    assert stack.output("Status") == "ACTIVE"
    assert job["batchInferenceJob"]["batchInferenceJobConfig"] == {"rankingInfluence": {"FRESHNESS": 0.2}}
