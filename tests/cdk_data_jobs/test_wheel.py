"""The wheel, installed elsewhere: the same function, and CDK's own validation on."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import constructs
import pytest

from cdk_data_jobs import personalize

ROOT = Path(__file__).parents[2]
APP = """
import json, sys
import aws_cdk as cdk, cdk_data_jobs
from aws_cdk import aws_s3 as s3
from cdk_data_jobs import DataSource, personalize

app = cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
stack = cdk.Stack(app, "Shop")
dataset = personalize.Dataset.from_dataset_arn(
    stack, "Users", "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
)
source = DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")
personalize.DatasetImportJob(stack, "ImportUsers", dataset=dataset, source=source)
json.dump([cdk_data_jobs.__file__, app.synth().get_stack_by_name("Shop").template], sys.stdout)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in."""
    work = tmp_path_factory.mktemp("wheel")
    _python("-m", "hatchling", "build", "-t", "wheel", "-d", str(work), cwd=ROOT)
    (wheel,) = work.glob("*.whl")
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(work / "site")]
    _python("-m", "pip", "install", *options, str(wheel), cwd=work)
    return work / "site"


def test_the_wheel_synthesizes_what_the_checkout_does(
    installed: Path, stack: cdk.Stack, import_job: Callable[..., Any], resources: Callable[..., Any]
) -> None:
    module, template = json.loads(_python("-c", APP, cwd=installed, PYTHONPATH=str(installed), CDK_VALIDATION="true"))
    import_job()

    assert Path(module).is_relative_to(installed)
    assert template["Resources"] == resources(stack)
    assert list((installed / "cdk_data_jobs" / "_lambda").rglob("*.pyc"))


def test_constructs_is_still_the_library_of_that_name() -> None:
    assert "site-packages" in Path(constructs.__file__).parts
    assert issubclass(personalize.DatasetImportJob, constructs.Construct)


def _python(*arguments: str, cwd: Path, **environment: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
