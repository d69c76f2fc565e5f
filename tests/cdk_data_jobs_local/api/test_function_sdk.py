"""Functions get the SDK of AWS's runtime, unless a layer brings another, or the test wants another."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import botocore
import pytest

from cdk_data_jobs_local import OfflineAws, OfflineAwsError
from cdk_data_jobs_local.api import function_sdk as sdk

NAMES = ("boto3", "botocore", "s3transfer")
INSTALLED = {name: version(name) for name in NAMES}
RUNTIME = {name: re.search(rf"^{name}==(.+)$", sdk.REQUIREMENTS.read_text(), re.MULTILINE)[1] for name in NAMES}  # type: ignore[index]
CODE = """
import boto3, botocore, s3transfer

def handler(event, context):
    batch = boto3.client("personalize").meta.service_model.operation_model("CreateBatchInferenceJob")
    knows = "rankingInfluence" in batch.input_shape.members["batchInferenceJobConfig"].members
    return {module.__name__: module.__version__ for module in (boto3, botocore, s3transfer)} | {"knows": knows}
"""


def layer(folder: str) -> bytes:
    """A layer with the SDK that is installed here, but for most services' models; and a module named as the code's."""
    site = Path(str(botocore.__file__)).parents[1]
    models, content = site / "botocore" / "data", io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{folder}/index.py", "raise RuntimeError('the code comes first')")
        archive.write(site / "six.py", f"{folder}/six.py")
        for name in (*NAMES, "jmespath", "dateutil", "urllib3"):
            for path in (site / name).rglob("*.*"):
                service = path.relative_to(site).parts[2:-1] if path.is_relative_to(models) else ()
                if path.is_file() and service[:1] in ((), ("personalize",)):
                    archive.write(path, f"{folder}/{path.relative_to(site)}")
    return content.getvalue()


class Stack:
    """A stack with a function, and perhaps a layer."""

    def __init__(self, aws: OfflineAws, name: str) -> None:
        self.aws, self.name, self.s3 = aws, name, aws.client("s3")
        self.s3.create_bucket(
            Bucket=f"layers-{name.lower()}", CreateBucketConfiguration={"LocationConstraint": aws.region}
        )

    def deploy(self, layer_content: bytes | None = None) -> dict[str, Any]:
        """Deploy it, anew or again, and ask the function what it has."""
        function = {
            "Runtime": "python3.14",
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::{self.aws.account}:role/function",
            "FunctionName": self.name,
            "Code": {"ZipFile": CODE},
        }
        resources: dict[str, Any] = {"Function": {"Type": "AWS::Lambda::Function", "Properties": function}}
        if layer_content is not None:
            bucket, key = f"layers-{self.name.lower()}", f"{hashlib.sha256(layer_content).hexdigest()}.zip"
            self.s3.put_object(Bucket=bucket, Key=key, Body=layer_content)
            content = {"Content": {"S3Bucket": bucket, "S3Key": key}}
            resources["Layer"] = {"Type": "AWS::Lambda::LayerVersion", "Properties": content}
            function["Layers"] = [{"Ref": "Layer"}]
        cloudformation = self.aws.client("cloudformation")
        exists = self.name in {stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]}
        call = cloudformation.update_stack if exists else cloudformation.create_stack
        call(StackName=self.name, TemplateBody=json.dumps({"Resources": resources}))
        waiter = cloudformation.get_waiter("stack_update_complete" if exists else "stack_create_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
        response = self.aws.client("lambda").invoke(FunctionName=self.name)
        return dict(json.load(response["Payload"]))


def test_a_function_has_the_sdk_of_the_runtime(aws: OfflineAws) -> None:
    assert Stack(aws, "Bare").deploy() == {**RUNTIME, "knows": False}
    assert RUNTIME["botocore"] != INSTALLED["botocore"]


@pytest.mark.parametrize("folder", ["python", "python/lib/python3.14/site-packages"])
def test_a_layer_comes_before_the_runtime_and_after_the_code(aws: OfflineAws, folder: str) -> None:
    stack = Stack(aws, f"Layer{len(folder)}")

    assert stack.deploy(layer(folder)) == {**INSTALLED, "knows": True}


def test_a_layer_that_comes_and_goes(aws: OfflineAws) -> None:
    stack = Stack(aws, "Update")

    assert stack.deploy()["botocore"] == RUNTIME["botocore"]
    assert stack.deploy(layer("python"))["botocore"] == INSTALLED["botocore"]
    assert stack.deploy(layer("elsewhere"))["botocore"] == RUNTIME["botocore"]
    assert stack.deploy()["botocore"] == RUNTIME["botocore"]


def test_a_function_can_have_the_sdk_that_is_installed_here() -> None:
    with OfflineAws(sdk="installed") as aws:
        assert Stack(aws, "Installed").deploy() == {**INSTALLED, "knows": True}


def test_a_function_can_have_an_sdk_of_a_folder() -> None:
    folder = sdk.folder("runtime")

    with OfflineAws(sdk=folder) as aws:
        assert Stack(aws, "Folder").deploy()["botocore"] == RUNTIME["botocore"]


@pytest.mark.parametrize("wrong", ["newest", "1", "", "/no/such/folder"])
def test_what_is_no_sdk_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=rf"sdk must be .*, got '{wrong}'"):
        OfflineAws(sdk=wrong)


def test_a_version_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = sdk.folder(RUNTIME["boto3"])

    assert (folder / f"boto3-{RUNTIME['boto3']}.dist-info").is_dir()


def test_the_sdk_that_is_installed_here_needs_no_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = sdk.folder("installed")
    program = "import boto3, botocore; print(boto3.__file__, boto3.client('s3', 'eu-west-1').meta.region_name)"

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [f"{folder}/boto3/__init__.py", "eu-west-1"]


@pytest.mark.parametrize("wanted", ["runtime", "1.40.4"])
def test_an_sdk_that_cannot_be_installed_tells_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(tmp_path), "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{name}", value)

    with pytest.raises(OfflineAwsError, match=r"(?s)No matching distribution.*or choose another SDK: .*FOLDER"):
        OfflineAws(sdk=wanted).__enter__()
