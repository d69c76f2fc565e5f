"""Claims of the documentation about templates, versions and commands, compared with the code."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from aws_cdk import App, CustomResource, Stack, aws_glue, aws_lambda, aws_s3, aws_stepfunctions
from aws_cdk import custom_resources as cr
from aws_cdk.assertions import Template
from jsonata import Jsonata

from cdk_data_jobs import (
    DataDestination,
    DataSource,
    JobDefinition,
    athena,
    definitions,
    glue,
    personalize,
    redshift,
    stepfunctions,
)
from cdk_data_jobs._definition.runtime_sdk import sdk_name
from cdk_data_jobs_cli.commands import data_jobs

HOME = Path(__file__).parents[2]
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/ITEMS"
PYTHON = aws_lambda.Runtime.PYTHON_3_13
DEFINITIONS = [name for name in definitions.__all__ if isinstance(getattr(definitions, name), JobDefinition)]


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Shop")


def with_this_library(stack: Stack, number: int) -> None:
    bucket = aws_s3.Bucket(stack, "Data")
    dataset = personalize.Dataset.from_dataset_arn(stack, "Dataset", ARN)
    for one in range(number):
        source = DataSource.from_bucket(bucket, f"{one}/")
        personalize.DatasetImportJob(stack, f"Import{one}", dataset=dataset, source=source)


def with_provider(stack: Stack, number: int) -> None:
    code = aws_lambda.Code.from_inline("...")
    on_event, is_complete = (
        aws_lambda.Function(stack, name, code=code, handler="index.handler", runtime=PYTHON) for name in ("On", "Is")
    )
    provider = cr.Provider(stack, "Provider", on_event_handler=on_event, is_complete_handler=is_complete)
    for one in range(number):
        CustomResource(stack, f"Import{one}", service_token=provider.service_token)


def with_aws_custom_resource(stack: Stack, number: int) -> None:
    for one in range(number):
        cr.AwsCustomResource(
            stack,
            f"Import{one}",
            on_create=cr.AwsSdkCall(
                service="Personalize",
                action="createDatasetImportJob",
                parameters={"jobName": f"{one}"},
                physical_resource_id=cr.PhysicalResourceId.of(f"{one}"),
            ),
            policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
        )


def queries_with_this_library(stack: Stack, number: int) -> None:
    bucket = aws_s3.Bucket(stack, "Data")
    for one in range(number):
        athena.Query(
            stack,
            f"Query{one}",
            query_string=f"SELECT {one}",
            database="shop",
            sources=[DataSource.from_bucket(bucket, "orders/")],
            destination=DataDestination.from_bucket(bucket, "results/"),
        )


@pytest.mark.parametrize(
    ("what", "column", "declare"),
    [
        ("1 / 10 jobs", 1, with_this_library),
        ("1 / 10 jobs", 2, with_provider),
        ("1 / 10 jobs", 3, with_aws_custom_resource),
        ("1 / 5 queries", 1, queries_with_this_library),
        ("1 / 5 queries", 2, with_provider),
        ("1 / 5 queries", 3, with_aws_custom_resource),
    ],
)
def test_the_comparison_has_the_right_numbers_of_resources(
    what: str, column: int, declare: Callable[[Stack, int], None]
) -> None:
    page = (HOME / "docs" / "compared.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| resources for {what} \|.*", page, re.MULTILINE)

    counts = []
    for number in map(int, re.findall(r"\d+", what)):
        stack = Stack(App(), "Shop")
        declare(stack, number)
        types = [value["Type"] for value in Template.from_stack(stack).to_json()["Resources"].values()]
        counts.append(len([kind for kind in types if kind != "AWS::S3::Bucket"]))

    assert row.split(" | ")[column] == " / ".join(map(str, counts))


def test_the_comparison_has_the_costs_of_the_readme() -> None:
    pages = [(HOME / name).read_text(encoding="utf-8").split() for name in ("README.md", "docs/compared.md")]
    readme, comparison = (re.findall(r"waits an hour takes at most .+? log lines\.", " ".join(page)) for page in pages)

    assert len(readme) == 1
    assert comparison == readme


@pytest.mark.parametrize("name", DEFINITIONS)
def test_there_is_a_guide_for_handlers_that_make_the_create_call_of(name: str) -> None:
    definition = getattr(definitions, name)
    call = [f"`{definition.service}`", f"`{definition.create.operation}`"]
    rows = table("guides/moving-from-a-hand-written-handler.md", "What replaces your call")

    [guide] = [row[2] for row in rows if all(part in row[0] for part in call)]
    assert "](moving-from-a-handler-for-" in guide


def test_a_job_has_the_logical_id_that_an_aws_custom_resource_has_under_its_id(stack: Stack) -> None:
    with_aws_custom_resource(stack, 1)
    other = Stack(App(), "Shop")
    with_this_library(other, 1)

    [before] = Template.from_stack(stack).find_resources("Custom::AWS")
    [after] = Template.from_stack(other).find_resources("Custom::PersonalizeDatasetImportJob")
    assert before == after


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, the one with the columns' names included."""
    text = (HOME / "docs" / page).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", text, re.MULTILINE)]


@pytest.mark.parametrize(
    ("what", "package"),
    [
        ("aws-cdk-lib", "aws-cdk-lib"),
        ("boto3", "boto3"),
        ("MiniStack", "ministack"),
        ("the function", "awslambdaric"),
    ],
)
def test_the_pinned_version_is_listed_as_tested(what: str, package: str) -> None:
    files = [HOME / "requirements.txt", HOME / "local" / "cdk_data_jobs_local" / "server" / "requirements.txt"]
    requirements = "".join(path.read_text(encoding="utf-8") for path in files)
    pinned = re.findall(rf"^{package}==([^;\s]+)", requirements, re.MULTILINE)
    [tested] = [row[1] for row in table("promises.md", "Compatibility") if row[0] == what]

    assert pinned
    assert pinned[0] in tested


def test_the_guide_names_the_sdk_that_the_list_is_generated_from() -> None:
    guide = (HOME / "docs" / "guides" / "newer-sdk.md").read_text(encoding="utf-8")

    assert f"by others, is {sdk_name()}," in guide


def test_the_pinned_cdk_cli_is_listed_as_tested() -> None:
    pinned = json.loads((HOME / "package.json").read_text(encoding="utf-8"))
    [tested] = [row[1] for row in table("promises.md", "Compatibility") if row[0] == "CDK CLI"]

    assert tested in str(pinned)


def test_the_lowest_supported_version_is_the_lowest_that_installs() -> None:
    [lowest] = re.findall(r'"aws-cdk-lib>=([\d.]+),<3"', (HOME / "pyproject.toml").read_text(encoding="utf-8"))
    [promised] = [row[2] for row in table("promises.md", "Compatibility") if row[0] == "aws-cdk-lib"]

    assert promised == f"{lowest} and later, below 3"


def query(stack: Stack, number: int) -> None:
    bucket = aws_s3.Bucket.from_bucket_name(stack, f"Bucket{number}", f"shop-data-{number}")
    sources = [DataSource.from_bucket(bucket, "orders/")]
    athena.Query(stack, f"Job{number}", query_string="SELECT 1", database=f"shop{number}", sources=sources)


def execution(stack: Stack, number: int) -> None:
    machine = aws_stepfunctions.StateMachine.from_state_machine_name(stack, f"Of{number}", f"migrations-{number}")
    stepfunctions.Execution(stack, f"Job{number}", state_machine=machine)


def statement(stack: Stack, number: int) -> None:
    workgroup = redshift.Workgroup.from_workgroup_name(stack, f"Of{number}", f"analysts-{number}")
    redshift.Statement(stack, f"Job{number}", workgroup=workgroup, database="dev", sql="SELECT 1")


def job_run(stack: Stack, number: int) -> None:
    glue.JobRun(stack, f"Job{number}", job=aws_glue.CfnJob.from_job_name(stack, f"Of{number}", f"nightly-{number}"))


@pytest.mark.parametrize(
    ("job", "declare"),
    [
        ("athena.Query", query),
        ("stepfunctions.Execution", execution),
        ("redshift.Statement", statement),
        ("glue.JobRun", job_run),
    ],
)
def test_a_runner_has_room_for_as_many_jobs_as_the_guide_says(
    stack: Stack, job: str, declare: Callable[[Stack, int], None]
) -> None:
    [row] = [row[0] for row in table("guides/many-jobs.md", "Limits") if row[0].startswith("10,240 characters")]
    [most] = re.findall(rf"(\d+) `{job}`", row)
    for number in range(int(most)):
        declare(stack, number)
    Template.from_stack(stack)

    other = Stack(App(), "Shop")
    for number in range(int(most) + 1):
        declare(other, number)
    with pytest.raises(RuntimeError, match="a role's inline policies must have at most 10240 characters"):
        Template.from_stack(other)


def codes_of_help(command: click.Command | None) -> list[str]:
    """The exit codes in the help of a command."""
    assert command is not None
    return re.findall(r"^ +(\d+) ", command.epilog or "", re.MULTILINE)


def exit_codes() -> tuple[list[str], dict[str, bool]]:
    """The exit codes of the guide, and of each command whether it has the code 1."""
    rows = table("guides/watch-a-deployment.md", "Exit codes")
    commands = {row[0].strip("`"): row[2] != "-" for row in rows if row[0].startswith("`")}
    return [row[0] for row in rows if row[0].isdecimal()], commands


def test_the_exit_codes_are_those_of_the_help() -> None:
    assert codes_of_help(data_jobs) == exit_codes()[0]


@pytest.mark.parametrize("name", data_jobs.list_commands(click.Context(data_jobs)))
def test_the_exit_codes_of_a_command_are_those_of_its_help(name: str) -> None:
    codes, commands = exit_codes()
    left_out = {*([] if commands[name] else ["1"]), *([] if name == "plan" else ["10"])}
    if name == "init":  # it reads nothing, and calls nothing
        left_out |= {"3", "4"}

    assert codes_of_help(data_jobs.get_command(click.Context(data_jobs), name)) == [
        code for code in codes if code not in left_out
    ]


def test_the_periods_of_the_daily_export_meet() -> None:
    page = (HOME / "docs" / "guides" / "export-tables.md").read_text(encoding="utf-8")
    [days] = re.findall(r'days = "(.+)"', page)
    begin, end = re.findall(r"export_(?:from|to)_time=f\"\{\{% (.+) %\}\}\"", page)

    def period(scheduled: str) -> list[str]:
        ends = [Jsonata(expression.replace("{days}", days)) for expression in (begin, end)]
        for expression in ends:
            expression.assign("states", {"input": {"scheduled": scheduled}})
        return [expression.evaluate(None) for expression in ends]

    midnights = [f"2026-11-{day}T00:00:00.000Z" for day in (27, 28, 29)]
    assert period("2026-11-28T01:00:00Z") == midnights[:2]
    assert period("2026-11-29T01:00:00Z") == period("2026-11-29T00:00:00Z") == midnights[1:]
