"""What the SDK of AWS's runtime does not know stops the synthesis; with a layer that has a newer SDK it runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import botocore
import pytest

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
def version(aws: Any) -> str:
    """The ARN of a solution version."""
    aws.personalize.durations(creating=0)
    personalize = aws.client("personalize")
    group = personalize.create_dataset_group(name="ranked")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    solution = personalize.create_solution(name="ranked", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    return str(personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"])


def test_a_layer_brings_what_the_runtime_does_not_know(shop: Any, layer: Path, version: str) -> None:
    shop.app = "newer_sdk.py"
    readers = shop.folder / "readers.json"
    readers.write_text('{"userId": "ann"}\n')
    told = shop.deploy(readers=str(readers), version=version, fails=True)

    assert "got 'batchInferenceJobConfig.rankingInfluence'; correct it, or give the job a runner with a newer" in told

    empty = shop.folder / "empty"
    empty.mkdir()
    (empty / "readme.txt").write_text("no SDK")
    told = shop.deploy(layer=str(empty), fails=True)
    assert "Unknown parameter in batchInferenceJobConfig" in told

    shop.deploy(layer=str(layer))
    job = shop.aws.client("personalize").describe_batch_inference_job(batchInferenceJobArn=shop.output("JobArn"))
    assert shop.output("Status") == "ACTIVE"
    assert job["batchInferenceJob"]["batchInferenceJobConfig"] == {"rankingInfluence": {"FRESHNESS": 0.2}}

    shop.destroy()
