"""These tests run on the SDK that they are meant for."""

from __future__ import annotations

import os
import re
from importlib.metadata import version
from pathlib import Path

import boto3
import botocore
import jmespath
import pytest
import s3transfer

from cdk_data_jobs_local.api import function_sdk as sdk

MODULES = (boto3, botocore, jmespath, s3transfer)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_part_of_it_is_the_one_that_is_meant(module: object) -> None:
    name, wanted = module.__name__, os.environ.get("FUNCTION_SDK", sdk.RUNTIME)
    runtime = dict(re.findall(r"^([\w-]+)==(.+)$", sdk.REQUIREMENTS.read_text(), re.MULTILINE))
    folder = sdk.folder(wanted)

    assert module.__version__ == (runtime[name] if wanted == sdk.RUNTIME else version(name))
    assert Path(module.__file__).resolve() == (folder / name / "__init__.py").resolve()
