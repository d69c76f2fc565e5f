"""The models are botocore's own, whatever the machine has, and are read only for jobs that need them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_data_jobs._definition.service_model import operation_model, service_model

OF_THE_LIBRARY = """
import sys
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from cdk_data_jobs import AwsJob, CreateCall, DataSource, DescribeCall, JobDefinition, personalize

app = cdk.App()
stack = cdk.Stack(app, "Shop")
dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:eu-west-1:1:dataset/shop/USERS")
source = DataSource.from_bucket(s3.Bucket(stack, "Data"), "users/")
personalize.DatasetImportJob(stack, "ImportUsers", dataset=dataset, source=source)
"""
WITH_ANY_JOB = """
definition = JobDefinition(
    title="Export", service="dynamodb",
    create=CreateCall(operation="export_table_to_point_in_time", id="ExportDescription.ExportArn"),
    describe=DescribeCall(operation="describe_export", parameters={"ExportArn": "id"}, job="ExportDescription"),
    status="ExportStatus", succeeded=["COMPLETED"], failed=["FAILED"], client_token="ClientToken",
)
parameters = {"TableArn": "arn:aws:dynamodb:::table/a", "S3Bucket": "shop-data"}
AwsJob(stack, "Export", definition=definition, parameters=parameters)
"""


def loaded(app: str) -> set[str]:
    command = [sys.executable, "-c", app + "app.synth()\nprint(*{'botocore', 'jmespath'} & {*sys.modules})"]
    return {*subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()}  # noqa: S603 - it is ours


def test_an_app_with_the_librarys_own_jobs_alone_loads_neither_botocore_nor_jmespath() -> None:
    assert loaded(OF_THE_LIBRARY) == set()
    assert loaded(OF_THE_LIBRARY + WITH_ANY_JOB) == {"botocore", "jmespath"}


def test_models_of_the_machine_change_nothing(tmp_path: Path) -> None:
    model = {
        "version": "2.0",
        "metadata": {"endpointPrefix": "shop", "apiVersion": "2099-01-01"},
        "operations": {},
        "shapes": {},
    }
    homes = {"HOME": tmp_path / "home", "AWS_DATA_PATH": tmp_path / "data"}
    for folder in (tmp_path / "home" / ".aws" / "models", tmp_path / "data"):
        for service in ("shop", "sesv2"):
            (folder / service / "2099-01-01").mkdir(parents=True)
            (folder / service / "2099-01-01" / "service-2.json").write_text(json.dumps(model))
    code = """
from cdk_data_jobs._definition.service_model import operation_model, service_model
print(service_model("shop"), operation_model("sesv2", "create_import_job").name)
"""

    command = [sys.executable, "-c", code]
    environment = os.environ | {name: str(folder) for name, folder in homes.items()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - it is ours

    assert done.stdout == "None CreateImportJob\n"


@pytest.mark.parametrize("service", ["", "shop", "../sesv2", "SESv2"])
def test_what_is_no_service_has_no_model(service: str) -> None:
    assert service_model(service) is None
    assert operation_model(service, "create_import_job") is None


def test_an_operation_has_its_name_in_python() -> None:
    healthlake = operation_model("healthlake", "start_fhir_import_job")

    assert healthlake is not None
    assert healthlake.name == "StartFHIRImportJob"
    assert operation_model("healthlake", "StartFHIRImportJob") is None
