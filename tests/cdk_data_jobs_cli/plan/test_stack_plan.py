"""Templates compared with a deployed stack, whose answers are botocore's stubs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.stack import Stack
from cdk_data_jobs_cli.plan.assembly import SynthesizedStack
from cdk_data_jobs_cli.plan.stack_plan import StackPlan, plan_stack

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"Code": "1"}}
GROUP = {"Type": "AWS::Personalize::DatasetGroup", "Properties": {"Name": "shop"}}
SCHEMA = {"Type": "AWS::Personalize::Schema", "Properties": {"Name": "items", "Schema": "{}"}}
ITEMS = {
    "Type": "AWS::Personalize::Dataset",
    "Properties": {
        "Name": "items",
        "DatasetType": "Items",
        "DatasetGroupArn": {"Fn::GetAtt": ["Group", "DatasetGroupArn"]},
        "SchemaArn": {"Fn::GetAtt": ["Schema", "SchemaArn"]},
    },
}
DATASETS = {"Group": GROUP, "Schema": SCHEMA, "Items": ITEMS}


def job(dataset: Any = "arn:items", *, condition: str = "", **changes: Any) -> dict[str, Any]:
    """A job's resource in a template."""
    parameters = {"datasetArn": dataset, "roleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    properties = {"ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:Runner", "Parameters": parameters}
    return {
        "Type": "Custom::PersonalizeDatasetImportJob",
        "Properties": properties | changes,
        **({"Condition": condition} if condition else {}),
    }


def plan(
    old: dict[str, Any],
    new: dict[str, Any],
    *,
    status: str = "UPDATE_COMPLETE",
    statuses: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    **others: Any,
) -> StackPlan:
    """Plans the change of a stack's resources; `others` are further sections of both templates."""
    aws = AwsClient()
    client = boto3.client("cloudformation", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    stubbed = Stubber(client)
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"arn:{name.lower()}",
            "ResourceType": one["Type"],
            "ResourceStatus": (statuses or {}).get(name, "CREATE_COMPLETE"),
            "LastUpdatedTimestamp": 0,
        }
        for name, one in old.items()
    ]
    stubbed.add_response("get_template", {"TemplateBody": json.dumps({"Resources": old, **others})})
    stubbed.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
    stubbed.activate()
    states = boto3.client("stepfunctions", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    runs = Stubber(states)
    runs.add_response("list_executions", {"executions": []})
    runs.activate()
    aws._clients |= {"cloudformation": client, "stepfunctions": states}  # noqa: SLF001 - botocore's own stubs
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in (parameters or {}).items()]
    stack = Stack(aws, {"StackId": STACK, "StackName": "Shop", "StackStatus": status, "Parameters": given})
    return plan_stack(SynthesizedStack("Shop", "Shop", "", "", {"Resources": new, **others}, Path()), stack)


def results(plan: StackPlan) -> dict[str, str]:
    return {job.name: f"{job.outcome.result}: {job.outcome.reason}" for job in plan.jobs}


def notices(plan: StackPlan) -> dict[str, str]:
    return {notice.resource: f"{notice.kind}: {notice.message}" for notice in plan.notices}


KEPT, NEW, REPLACED = ("does not run: nothing of it has changed", "runs: it is new", "runs: its dataset is replaced")


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        ({"Ref": "Items"}, {"Fn::GetAtt": "Items.DatasetArn"}, KEPT),
        ({"Ref": "Items"}, "arn:items", KEPT),
        ({"Fn::Sub": "${Items}/${AWS::Region}"}, {"Fn::Join": ["/", ["arn:items", "eu-west-1"]]}, KEPT),
        ({"Fn::Sub": ["${A}-${!B}", {"A": {"Ref": "Items"}}]}, "arn:items-${B}", KEPT),
        ({"Fn::If": ["Yes", "a", "b"]}, {"Fn::If": ["No", "b", "a"]}, KEPT),
        ({"Fn::If": ["Yes", "a", "b"]}, {"Fn::If": ["No", "a", "b"]}, "runs: its dataset has changed"),
        ({"Fn::If": ["Both", "a", "b"]}, {"Fn::If": ["Any", "a", "b"]}, "runs: its dataset has changed"),
        ({"Ref": "Known"}, "given", KEPT),
        ({"Ref": "Defaulted"}, "default", KEPT),
        ({"Ref": "Stored"}, {"Ref": "Stored"}, "may run: its dataset may change"),
        ({"Fn::ImportValue": "a"}, {"Fn::ImportValue": "a"}, KEPT),
        ({"Fn::ImportValue": "a"}, {"Fn::ImportValue": "b"}, "may run: its dataset has changed"),
        ({"Ref": "Items"}, {"Fn::Select": [0, [{"Ref": "Items"}]]}, "may run: its dataset has changed"),
    ],
)
def test_values_are_compared_as_far_as_they_are_known(before: Any, after: Any, result: str) -> None:
    sections = {
        "Parameters": {
            "Known": {"Type": "String"},
            "Defaulted": {"Type": "String", "Default": "default"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/name"},
        },
        "Conditions": {
            "Yes": {"Fn::Equals": [{"Ref": "Known"}, "given"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Any": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
            "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        },
    }
    given = {"Known": "given", "Stored": "now"}

    planned = plan(DATASETS | {"Job": job(before)}, DATASETS | {"Job": job(after)}, parameters=given, **sections)

    assert results(planned) == {"Job": result}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        (resource("AWS::S3::Bucket"), resource("AWS::S3::Bucket", VersioningConfiguration={}), KEPT),
        (resource("AWS::S3::Bucket"), resource("AWS::S3::Bucket", BucketName="x"), REPLACED),
        (resource("AWS::Pinpoint::App", Name="a"), resource("AWS::Pinpoint::App", Name="b"), REPLACED),
        (resource("Custom::Other", A="1"), resource("Custom::Other", A="2"), "may run: its dataset may change"),
        (resource("AWS::Glue::Job", Command={}), resource("AWS::Glue::Job", Command={"Name": "x"}), KEPT),
        (resource("AWS::Glue::Job", Name="a"), resource("AWS::Glue::Job", Name="b"), REPLACED),
        (job(Trigger="1"), job(Trigger="2"), REPLACED),
        (job(Timeout=1), job(Timeout=2), KEPT),
        (resource("Custom::DataJobWait", Job="1"), resource("Custom::DataJobWait", Job="2"), REPLACED),
        (resource("Custom::DataJobWait", Job="1"), resource("Custom::DataJobWait", Job="1", Relay=5), KEPT),
    ],
)
def test_a_job_runs_if_what_it_refers_to_is_replaced(before: Any, after: Any, result: str) -> None:
    user = job({"Ref": "Used"})

    assert results(plan({"Used": before, "Job": user}, {"Used": after, "Job": user}))["Job"] == result


def test_a_changed_state_machine_is_the_same_one_with_another_revision() -> None:
    machine = "AWS::StepFunctions::StateMachine"
    before, after = (resource(machine, DefinitionString=text) for text in ("{}", '{"Comment": "new"}'))
    jobs = {"Job": job({"Ref": "Used"}), "Triggered": job(Trigger={"Fn::GetAtt": "Used.StateMachineRevisionId"})}

    assert results(plan({"Used": before} | jobs, {"Used": after} | jobs)) == {
        "Job": KEPT,
        "Triggered": "may run: its trigger may change",
    }
    assert results(plan({"Used": before} | jobs, {"Used": before} | jobs)) == {"Job": KEPT, "Triggered": KEPT}


def test_a_job_of_another_kind_under_the_same_id_cannot_be_deployed() -> None:
    export = job() | {"Type": "Custom::PersonalizeDatasetExportJob"}

    assert results(plan({"Job": job()}, {"Job": export})) == {
        "Job": "cannot change: CloudFormation refuses another type for the same id: give it another id"
    }


def test_jobs_come_and_go_with_their_conditions() -> None:
    sections = {"Conditions": {"No": {"Fn::Equals": ["a", "b"]}}}
    old = {"Stays": job(), "Goes": job(), "Kept": job() | {"DeletionPolicy": "Retain"}}
    new = {"Stays": job(), "Goes": job(condition="No"), "Comes": job(), "Never": job(DeployTime=False)}

    assert results(plan(old, new, **sections)) == {
        "Stays": KEPT,
        "Comes": NEW,
        "Never": "does not run: it is new, and no deployment runs it",
        "Goes": "is removed: if its job is running, it is waited for",
        "Kept": "is removed: nothing waits for it",
    }


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_stack_that_is_created_anew_runs_all_jobs(status: str) -> None:
    planned = plan({"Job": job()}, {"Job": job()}, status=status)

    assert (results(planned), planned.status) == ({"Job": NEW}, status)


def test_after_a_failure_without_rollback_what_failed_runs_or_may_run() -> None:
    old = {"Created": job(), "Updated": job(), "Other": job()}
    failed = {"Created": "CREATE_FAILED", "Updated": "UPDATE_FAILED"}

    planned = plan(old, old, status="UPDATE_FAILED", statuses=failed)

    assert results(planned) == {
        "Created": NEW,
        "Updated": "may run: its last update failed, and which properties it has is not known",
        "Other": KEPT,
    }
    assert "the last deployment failed and was not rolled back" in notices(planned)[""]


@pytest.mark.parametrize(
    ("status", "notice"),
    [
        ("UPDATE_IN_PROGRESS", "note: an operation is in progress (UPDATE_IN_PROGRESS): plan again when it has ended"),
        ("UPDATE_ROLLBACK_FAILED", "fails: the stack cannot be updated, because it is in UPDATE_ROLLBACK_FAILED"),
    ],
)
def test_a_stack_that_cannot_be_deployed_now_is_noticed(status: str, notice: str) -> None:
    planned = plan({"Job": job()}, {"Job": job()}, status=status)

    assert notices(planned) == {"": notice}
    assert planned.is_harmful == notice.startswith("fails")


# --- datasets ---


def changed(name: str, **properties: Any) -> dict[str, Any]:
    """The datasets with one resource changed."""
    return DATASETS | {name: DATASETS[name] | {"Properties": {**DATASETS[name]["Properties"], **properties}}}


def test_a_schema_that_keeps_its_name_cannot_change_nor_its_dataset() -> None:
    user = {"Job": job({"Ref": "Items"})}

    planned = plan(DATASETS | user, changed("Schema", Schema="[]") | user)

    assert results(planned) == {"Job": "does not run: the deployment fails before"}
    said = notices(planned)
    assert said["Schema"] == "fails: a change of Schema replaces it, which fails, because its name is in use"
    assert said["Items"].startswith(
        "fails: a change of SchemaArn replaces it, which fails, because a dataset group has one dataset of a type: keep"
    )


def test_a_dataset_under_another_id_cannot_be_created_while_the_old_one_exists() -> None:
    moved = {"Group": GROUP, "Schema": SCHEMA, "Moved": ITEMS}

    said = notices(plan(DATASETS, moved))

    assert said["Moved"].startswith("fails: it cannot be created before Items is deleted, because a dataset group has")


def test_a_deployment_that_fails_deletes_nothing() -> None:
    group = changed("Group", Domain="ECOMMERCE")
    removed = {name: one for name, one in DATASETS.items() if name != "Items"}

    assert [(one.resource, one.kind) for one in plan(DATASETS, group).notices] == [("Group", "fails")]
    assert [one.resource for one in plan(DATASETS, removed | {"Moved": ITEMS}).notices] == ["Moved"]
    assert notices(plan(DATASETS, removed)) == {"Items": "deletes data: it is removed, and deleted with its data"}


def test_a_status_that_makes_it_fail_hides_nothing() -> None:
    said = notices(plan(DATASETS, {"Group": GROUP}, status="UPDATE_ROLLBACK_FAILED"))

    assert [*said] == ["", "Items"]


def test_a_group_may_get_a_dataset_of_another_type() -> None:
    users = ITEMS | {"Properties": {**ITEMS["Properties"], "DatasetType": "Users"}}

    assert notices(plan(DATASETS, DATASETS | {"Users": users})) == {}
    assert "Other" in notices(plan(DATASETS, DATASETS | {"Other": ITEMS}))


def test_a_dataset_of_another_group_is_replaced_and_loses_its_data_unless_it_is_retained() -> None:
    new = changed("Group", Name="other")
    retained = new | {"Items": ITEMS | {"UpdateReplacePolicy": "Retain"}}

    lost = plan(DATASETS | {"Job": job({"Ref": "Items"})}, new | {"Job": job({"Ref": "Items"})})

    assert results(lost) == {"Job": REPLACED}
    [notice] = lost.notices
    assert (notice.resource, notice.kind) == ("Items", "deletes data")
    assert notice.message == "a change of DatasetGroupArn replaces it, and the old one is deleted with its data"
    assert lost.is_harmful
    assert notices(plan(DATASETS, retained)) == {}


def test_a_schema_that_may_change_may_make_the_deployment_fail() -> None:
    other = {"Other": resource("Custom::Schema", Version="1")}
    used = changed("Items", SchemaArn={"Ref": "Other"})

    said = notices(plan(used | other, used | {"Other": resource("Custom::Schema", Version="2")}))

    assert said["Items"].startswith("note: SchemaArn may change, which would replace it, and fail, because")


def test_a_retained_dataset_may_be_removed() -> None:
    kept = DATASETS | {"Items": ITEMS | {"DeletionPolicy": "Retain"}}

    assert notices(plan(kept, {"Group": GROUP, "Schema": SCHEMA})) == {}


# --- names that an earlier deployment may have left ---

RETAINED = {name: one | {"DeletionPolicy": "RetainExceptOnCreate"} for name, one in DATASETS.items()}


def retained_note(*names: str) -> dict[str, str]:
    message = "note: the deployment fails if an earlier one retained what still has these names: "
    return {"": message + ", ".join(names)} if names else {}


def test_a_new_stack_fails_if_a_retained_resource_has_a_name_of_it() -> None:
    planned = plan(RETAINED, RETAINED, status="ROLLBACK_COMPLETE")

    assert notices(planned) == retained_note("dataset group shop", "schema items")
    assert not planned.is_harmful


@pytest.mark.parametrize(
    ("before", "names"),
    [
        ({}, ["dataset group shop", "schema items"]),
        ({"Group"}, ["schema items", "dataset items"]),
        ({"Group", "Schema"}, ["dataset items"]),
        ({"Group", "Schema", "Items"}, []),
    ],
)
def test_what_is_new_in_a_stack_may_have_been_retained(before: set[str], names: list[str]) -> None:
    planned = plan({name: RETAINED[name] for name in before}, RETAINED)

    assert notices(planned) == retained_note(*names)


@pytest.mark.parametrize(
    "group",
    [
        GROUP,
        GROUP | {"DeletionPolicy": "Delete"},
        GROUP | {"DeletionPolicy": "Retain", "Properties": {"Name": {"Fn::Sub": "${AWS::Partition}-${Other}"}}},
    ],
)
def test_what_is_not_retained_or_has_no_known_name_is_left_out(group: dict[str, Any]) -> None:
    assert notices(plan({}, {"Other": FUNCTION, "Group": group})) == {}


def test_a_name_that_was_used_before_may_have_been_retained_but_not_one_that_stays_in_use() -> None:
    group = RETAINED["Group"]
    renamed = group | {"Properties": {"Name": "other"}}

    assert notices(plan({"Group": group}, {"Group": renamed})) == retained_note("dataset group other")
    assert [*notices(plan({"Group": group}, {"Moved": group}))] == ["Moved"]


# --- waits ---


def test_jobs_wait_for_the_quota_but_not_those_that_follow_others() -> None:
    six = {f"Job{number}": job() for number in range(6)}
    row = {f"Job{number}": job() | {"DependsOn": [f"Job{number - 1}"] if number else []} for number in range(6)}

    assert [one.name for one in plan({}, six).jobs if one.waits_for_quota] == ["Job5"]
    assert [one.name for one in plan({}, row).jobs if one.waits_for_quota] == []
