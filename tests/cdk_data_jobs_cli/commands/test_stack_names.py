"""The stack that the argument STACK of a command names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import boto3
import pytest
from aws_cdk import App, Stack, Stage
from botocore.stub import Stubber
from constructs import Construct

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import NotFoundError
from cdk_data_jobs_cli.commands.stack_names import find_stack, select_stacks
from cdk_data_jobs_cli.plan.assembly import SynthesizedStack, read_assembly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Offline

NAMES = ("Dev-Loading", "named-otherwise", "Reports")
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}


@pytest.fixture
def aws(offline: Offline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsClient:
    """An AWS that has the stacks `NAMES`, for a command in an empty folder."""
    offline.templates.update(dict.fromkeys(NAMES, TEMPLATE))
    offline.deploy(*NAMES)
    for variable, value in offline.aws.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    return AwsClient()


@pytest.mark.parametrize("argument", ["Dev-Loading", "Dev/Loading", "Dev/Loading (Dev-Loading)"])
def test_the_name_may_be_that_of_cloudformation_or_as_the_cdk_cli_prints_it(aws: AwsClient, argument: str) -> None:
    assert find_stack(aws, argument).name == "Dev-Loading"


def test_an_arn_names_the_stack_too(aws: AwsClient) -> None:
    assert find_stack(aws, find_stack(aws, "Reports").id).name == "Reports"


@pytest.mark.parametrize("argument", ["Loading", "Team/Loading"])
def test_a_stack_that_the_app_names_otherwise_is_found_in_the_synthesized_app(
    aws: AwsClient, argument: str, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError):
        find_stack(aws, argument)

    app = App(outdir=str(tmp_path / "cdk.out"))
    scope = Construct(app, "Team") if "/" in argument else app
    Stack(scope, "Loading", stack_name="named-otherwise")
    app.synth()

    assert find_stack(aws, argument).name == "named-otherwise"


def test_a_name_in_cloudformation_comes_before_one_in_the_app(aws: AwsClient, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path / "cdk.out"))
    Stack(app, "Reports", stack_name="named-otherwise")
    app.synth()

    assert find_stack(aws, "Reports").name == "Reports"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("reports", "stack with id reports does not exist; did you mean Reports?"),
        ("Dev/Loadin", "stack with id Dev-Loadin does not exist; did you mean Dev-Loading?"),
        ("Weather", "stack with id Weather does not exist"),
    ],
)
def test_for_a_near_miss_the_nearest_names_are_suggested(aws: AwsClient, argument: str, message: str) -> None:
    with pytest.raises(NotFoundError) as error:
        find_stack(aws, argument)

    assert str(error.value) == message


def test_deleted_stacks_are_not_suggested(aws: AwsClient, offline: Offline) -> None:
    offline.templates["Deleted"] = TEMPLATE
    offline.deploy("Deleted")
    offline.delete("Deleted")
    while offline.exists("Deleted"):
        time.sleep(0.1)

    names = aws.list_stack_names()
    assert {*NAMES} <= {*names}
    assert "Deleted" not in names


@pytest.fixture
def stubbed() -> Iterator[tuple[AwsClient, Stubber]]:
    """A client in which botocore's stub responds for CloudFormation, which finds no stack at first."""
    client = boto3.client("cloudformation", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    aws = AwsClient()
    aws._clients["cloudformation"] = client  # noqa: SLF001 - botocore's own stub
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id Shop does not exist")
        yield aws, stubber
        stubber.assert_no_pending_responses()


def test_nested_stacks_are_not_suggested(stubbed: tuple[AwsClient, Stubber]) -> None:
    aws, stubber = stubbed
    parent = {"ParentId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shops/1"}
    status = {"CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    listed = [{"StackName": "Shops", **status}, {"StackName": "Shop-Inner", **status, **parent}]
    stubber.add_response("list_stacks", {"StackSummaries": listed})

    with pytest.raises(NotFoundError, match=r"^stack with id Shop does not exist; did you mean Shops\?$"):
        find_stack(aws, "Shop")


def test_nothing_is_suggested_to_those_who_may_not_list_stacks(stubbed: tuple[AwsClient, Stubber]) -> None:
    aws, stubber = stubbed
    stubber.add_client_error("list_stacks", "AccessDenied", "no")

    with pytest.raises(NotFoundError, match=r"^stack with id Shop does not exist$"):
        find_stack(aws, "Shop")


# --- stacks of the app ---


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedStack]:
    """The stacks of an app with a stage, one of which the app names."""
    folder = tmp_path_factory.mktemp("app")
    app = App(outdir=str(folder))
    stage = Stage(app, "Dev")
    Stack(stage, "Loading", stack_name="Custom")
    Stack(stage, "Reports")
    Stack(Stage(stage, "Inner"), "Deep")
    Stack(app, "Shop")
    app.synth()
    return read_assembly(folder)


LOADING, REPORTS, DEEP, SHOP = "Dev/Loading", "Dev/Reports", "Dev/Inner/Deep", "Shop"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), {LOADING, REPORTS, DEEP, SHOP}),
        (("Dev/Loading",), {LOADING}),
        (("Dev/Loading (Custom)",), {LOADING}),
        (("Custom", "Dev-Reports"), {LOADING, REPORTS}),
        (("Dev/*",), {LOADING, REPORTS}),
        (("*",), {SHOP}),
        (("Dev/**",), {LOADING, REPORTS, DEEP}),
        (("**",), {LOADING, REPORTS, DEEP, SHOP}),
    ],
)
def test_stacks_of_the_app_are_selected_by_their_names_and_by_patterns(
    app: list[SynthesizedStack], arguments: tuple[str, ...], names: set[str]
) -> None:
    selected = [one.display_name for one in select_stacks(app, arguments)]

    assert selected == [one.display_name for one in app if one.display_name in names]


@pytest.mark.parametrize(
    ("argument", "suggestion"), [("Dev/loadin", "; did you mean Dev/Loading?"), ("Weather", ""), ("Test/*", "")]
)
def test_a_name_that_the_app_lacks_is_refused_with_the_nearest(
    app: list[SynthesizedStack], argument: str, suggestion: str
) -> None:
    known = ", ".join(one.display_name for one in app)

    with pytest.raises(NotFoundError) as error:
        select_stacks(app, ("Shop", argument))

    assert str(error.value) == f"the app must have a stack {argument}, got {known}{suggestion}"
