"""`stable_template`: a snapshot of it changes with what is declared, and not with the content of files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from aws_cdk.aws_scheduler import ScheduleExpression
from catalogue.shop import ACCOUNT, DATASET_ARN, REGION

from cdk_data_jobs import DataJobRunner, DataSource, personalize, pinpoint
from cdk_data_jobs._support.lambda_directory import lambda_directory
from cdk_data_jobs.testing import stable_template

DIGITS = "0123456789abcdef" * 4
JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
Declare = Callable[[cdk.Stack, Path], object]


def declare_import(stack: cdk.Stack, path: Path, **options: Any) -> personalize.DatasetImportJob:
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)
    source = DataSource.from_asset(path, check=False)
    return personalize.DatasetImportJob(stack, "Import", dataset=dataset, source=source, **options)


def declare_function(stack: cdk.Stack, path: Path) -> lambda_.Function:
    code = lambda_.Code.from_asset(str(path))
    return lambda_.Function(stack, "Theirs", code=code, handler="a.handler", runtime=lambda_.Runtime.PYTHON_3_14)


def declare_image(stack: cdk.Stack, path: Path) -> None:
    (path / "Dockerfile").write_text("FROM scratch\n")
    lambda_.DockerImageFunction(stack, "Image", code=lambda_.DockerImageCode.from_image_asset(str(path)))


def declare_nested_function(stack: cdk.Stack, path: Path) -> None:
    declare_function(cdk.NestedStack(stack, "Nested"), path)


def declare_import_into_named_bucket(stack: cdk.Stack, path: Path) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Staging", "shop-copies")
    declare_import(stack, path, runner=DataJobRunner(stack, "Runner", staging_bucket=bucket))


def declare_schedule(stack: cdk.Stack, path: Path) -> None:
    job = declare_import(stack, path)
    job.run_on_schedule(ScheduleExpression.rate(cdk.Duration.days(1)))


def declare_files_of_two_kinds(stack: cdk.Stack, path: Path) -> None:
    declare_import(stack, path)
    application = pinpoint.App.from_application_id(stack, "Application", DIGITS[:32])
    source = DataSource.from_asset(path)
    pinpoint.ImportJob(stack, "Endpoints", application=application, source=source, format=pinpoint.Format.JSON)


DECLARED: dict[str, Declare] = {
    "import": declare_import,
    "import into a named staging bucket": declare_import_into_named_bucket,
    "schedule": declare_schedule,
    "files of two kinds": declare_files_of_two_kinds,
    "function": declare_function,
    "image": declare_image,
    "nested stack": declare_nested_function,
}


def folder(parent: Path, content: str) -> Path:
    path = parent / content / "data"
    path.mkdir(parents=True)
    for name in ("a.csv", "b.csv", "c.json", "a.py"):
        (path / name).write_text(f"USER_ID\n{content} {name}\n")
    return path


def stack_with(declare: Declare, path: Path, **options: Any) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Shop", **options)
    declare(stack, path)
    return stack


@pytest.mark.parametrize("name", DECLARED)
def test_other_content_in_another_folder_changes_the_template_but_not_the_stable_one(name: str, tmp_path: Path) -> None:
    contents = ("one", "five", "six")  # the hashes of the files have another order
    stacks = [stack_with(DECLARED[name], folder(tmp_path, content)) for content in contents]

    first, *others = [stable_template(stack) for stack in stacks]
    assert others == [first] * len(others)
    templates = [json.dumps(Template.from_stack(stack).to_json()) for stack in stacks]
    assert len({*templates}) == len(contents)


def test_files_that_become_equal_do_not_change_it(tmp_path: Path) -> None:
    path, equal = folder(tmp_path, "different"), folder(tmp_path, "equal")
    (equal / "b.csv").write_text((equal / "a.csv").read_text())

    assert stable_template(stack_with(declare_import, equal)) == stable_template(stack_with(declare_import, path))


def test_another_version_of_the_librarys_function_does_not_change_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / "lambda"
    shutil.copytree(lambda_directory(), changed)
    (changed / "state_machine.asl.json").write_text('{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}')
    (changed / "data_jobs" / "handler.py").write_text("def handler(*_): pass")

    def synthesize() -> dict[str, Any]:
        stack = cdk.Stack(cdk.App(), "Shop")
        DataJobRunner.of(stack)
        return stable_template(stack)

    before = synthesize()
    monkeypatch.setattr("cdk_data_jobs.runner.lambda_directory", lambda: changed)
    assert synthesize() == before


def test_what_only_looks_like_a_hash_stays(stack: cdk.Stack, tmp_path: Path) -> None:
    key = kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef")
    s3.Bucket(stack, "Bucket", bucket_name=DIGITS[:32], encryption_key=key)
    declare_import(stack, folder(tmp_path, "content"), trigger=DIGITS[:8])
    function = declare_function(stack, tmp_path / "content" / "data")
    variables = {"CHECKSUM": DIGITS, "FILE": f"s3://shop/{DIGITS[:8]}/{DIGITS[:32]}/items.csv"}
    for name, value in variables.items():
        function.add_environment(name, value)

    template = Template.from_json(stable_template(stack))
    template.has_resource_properties("AWS::Lambda::Function", {"Environment": {"Variables": variables}})
    encryption = {"ServerSideEncryptionByDefault": {"KMSMasterKeyID": key.key_arn, "SSEAlgorithm": "aws:kms"}}
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "BucketName": DIGITS[:32],
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        },
    )
    template.has_resource_properties(JOB_TYPE, {"Trigger": DIGITS[:8]})


def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    path = folder(tmp_path, "content")
    (path / "b.csv").rename(path / "renamed.csv")

    assert stable_template(stack_with(declare_import, path)) != stable_template(
        stack_with(declare_import, folder(tmp_path, "other"))
    )


def test_assets_of_a_synthesizer_with_its_own_bucket_are_known(tmp_path: Path) -> None:
    def synthesize(content: str) -> dict[str, Any]:
        synthesizer = cdk.DefaultStackSynthesizer(file_assets_bucket_name="shop-assets", bucket_prefix="cdk/")
        return stable_template(stack_with(declare_import, folder(tmp_path, content), synthesizer=synthesizer))

    assert synthesize("one") == synthesize("two")


def test_a_task_in_a_state_machine_of_another_stack_is_the_same(tmp_path: Path) -> None:
    def synthesize(content: str) -> dict[str, Any]:
        app = cdk.App()
        other = cdk.Stack(app, "Other")
        task = declare_import(cdk.Stack(app, "Shop"), folder(tmp_path, content)).as_task(other, "Import")
        sfn.StateMachine(other, "Pipeline", definition_body=sfn.DefinitionBody.from_chainable(task))
        return stable_template(other)

    assert synthesize("one") == synthesize("two")


@pytest.mark.parametrize("base", ["readers", cdk.Aws.REGION], ids=["string", "token"])
def test_the_digest_in_a_schemas_name_is_hidden_and_others_stay(stack: cdk.Stack, base: str) -> None:
    definition = personalize.Schema.users(AGE=personalize.Field.int())
    personalize.Schema(stack, "Ours", definition=definition, schema_name=base)
    cdk_personalize.CfnSchema(stack, "Theirs", name=f"readers-{DIGITS[:8]}", schema=definition.to_json())

    ours, theirs = Template.from_json(stable_template(stack)).find_resources("AWS::Personalize::Schema").values()
    assert json.dumps(ours["Properties"]["Name"]).endswith('-<hash>"' if base == "readers" else '-<hash>"]]}')
    assert theirs["Properties"]["Name"] == f"readers-{DIGITS[:8]}"


@pytest.mark.parametrize("files", [3, "items.csv", [f"s3://shop/{DIGITS[:32]}/items.csv"]])
def test_the_files_of_other_resources_may_be_anything(stack: cdk.Stack, files: Any) -> None:
    cdk.CfnResource(stack, "Theirs", type="Custom::Theirs", properties={"Files": files})

    assert stable_template(stack)["Resources"]["Theirs"]["Properties"] == {"Files": files}


def test_a_template_without_manifests_stays_as_it_is() -> None:
    stack = cdk.Stack(cdk.App(), "Shop", synthesizer=cdk.LegacyStackSynthesizer())
    s3.Bucket(stack, "Bucket", bucket_name="shop")

    assert stable_template(stack) == Template.from_stack(stack).to_json()


def test_a_stack_of_a_stage_is_the_same(tmp_path: Path) -> None:
    def synthesize(content: str) -> dict[str, Any]:
        stack = cdk.Stack(cdk.Stage(cdk.App(), "Prod"), "Shop")
        declare_import(stack, folder(tmp_path, content))
        return stable_template(stack)

    assert synthesize("one") == synthesize("two")


def test_a_template_alone_is_refused(stack: cdk.Stack) -> None:
    template: Any = Template.from_stack(stack)

    with pytest.raises(
        ValueError, match=r"^stack must be an aws_cdk.Stack, got Template; pass what Template.from_stack"
    ):
        stable_template(template)
