"""What a deployment does with one job, and the reason that is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_cli.plan.job_plans import Outcome, plan_job
from cdk_data_jobs_cli.plan.templates import MAY_CHANGE, NEW, REPLACED, SAME, placeholder

IMPORT = "Custom::PersonalizeDatasetImportJob"
FOLDER = "s3://staging/1a2b3c4d/" + "0" * 32
PARAMETERS = {"datasetArn": "arn:items", "importMode": "FULL", "roleArn": "arn:role"}
ANOTHER_RUNNER = "its runner is another one, which CloudFormation refuses: give it another id"
OLD: dict[str, Any] = {"ServiceToken": "arn:function", "JobName": "Shop-Import", "Parameters": PARAMETERS}


def parameters(**changes: Any) -> dict[str, Any]:
    return OLD | {"Parameters": PARAMETERS | changes}


def files(digest: str, **hashes: str) -> dict[str, Any]:
    folder = f"s3://staging/1a2b3c4d/{digest * 32}/"
    listed = [{"Source": f"s3://assets/{value}.csv", "Target": f"{folder}{name}.csv"} for name, value in hashes.items()]
    return parameters(dataSource={"dataLocation": folder}) | {"Files": listed}


@pytest.mark.parametrize(
    ("old", "new", "result", "reason"),
    [
        (None, OLD, "runs", "it is new"),
        (None, OLD | {"DeployTime": "false"}, "does not run", "it is new, and no deployment runs it"),
        (OLD, OLD, "does not run", "nothing of it has changed"),
        (OLD, parameters(roleArn="arn:other"), "does not run", "only its role has changed"),
        (OLD, OLD | {"Tags": []}, "does not run", "only its tags have changed"),
        (
            OLD,
            OLD | {"Tags": [], "Links": "2", "Relay": "7200"},
            "does not run",
            "only its tags and timeout have changed",
        ),
        (OLD, OLD | {"Trigger": "2"}, "runs", "its trigger has changed"),
        (OLD, OLD | {"DeployTime": "false", "Trigger": "2"}, "does not run", "no deployment runs it"),
        (OLD | {"DeployTime": "false"}, OLD, "runs", "it now runs when it is deployed"),
        (
            OLD,
            parameters(importMode="INCREMENTAL", datasetArn="x"),
            "runs",
            "its dataset has changed, its import mode has changed",
        ),
        (OLD, parameters(datasetArn=placeholder(REPLACED, "Items.")), "runs", "its dataset is replaced"),
        (OLD, parameters(datasetArn=placeholder(NEW, "Items.")), "runs", "its dataset is another one"),
        (OLD, parameters(datasetArn=placeholder(MAY_CHANGE, "Items.")), "may run", "its dataset may change"),
        (OLD, parameters(datasetArn=placeholder(SAME, "Items.")), "may run", "its dataset has changed"),
        (files("a", items="1"), files("b", items="2"), "runs", "items.csv has changed"),
        (
            files("a", a="1", b="1", c="1"),
            files("b", a="2", b="1", d="1"),
            "runs",
            "a.csv has changed, d.csv has been added, c.csv has been removed",
        ),
        (
            files("a"),
            files("b", a="1", b="1", c="1", d="1", e="1"),
            "runs",
            "a.csv, b.csv, c.csv and 2 more files have been added",
        ),
        (files("a", a="1"), files("b", a="1"), "runs", "its data location has changed"),
        (OLD, OLD | {"ServiceToken": "x"}, "cannot change", ANOTHER_RUNNER),
        (
            OLD,
            OLD | {"Timeout": "soon"},
            "cannot change",
            "the resource's property Timeout must be a whole number, got soon",
        ),
    ],
)
def test_the_result_has_its_reason(old: dict[str, Any] | None, new: dict[str, Any], result: str, reason: str) -> None:
    assert plan_job(IMPORT, old, new) == Outcome(result, reason)


def test_a_parameter_that_does_not_define_a_job_is_named() -> None:
    definition = {"service": "stepfunctions", "create": {"operation": "start"}, "not_identity": ["traceHeader"]}
    old = OLD | {"Definition": definition, "Parameters": {"traceHeader": "a", "input": "{}"}}
    new = old | {"Parameters": {"traceHeader": "b", "input": "{}"}, "Timeout": "60"}

    assert plan_job("Custom::AwsJob", old, new).reason == "only its timeout and trace header have changed"


def test_another_call_of_the_service_runs_an_aws_job() -> None:
    definition = {"service": "ses", "create": {"operation": "create_import_job"}, "not_identity": ["Role"]}
    old = OLD | {"Definition": definition, "Parameters": {"Role": "a"}}
    other = definition | {"create": {"operation": "create_export_job"}}

    assert plan_job("Custom::AwsJob", old, old | {"Parameters": {"Role": "b"}}).reason == "only its role has changed"
    assert plan_job("Custom::AwsJob", old, old | {"Definition": other}).reason == "its operation has changed"


VALUES = st.sampled_from(["a", "b"])
PROPERTIES = st.fixed_dictionaries(
    {"ServiceToken": st.just("arn:function"), "Parameters": st.dictionaries(st.sampled_from([*PARAMETERS]), VALUES)},
    optional={
        "Trigger": VALUES,
        "DeployTime": st.sampled_from(["true", "false"]),
        "JobName": VALUES,
        "Timeout": st.just("5"),
    },
)


@given(PROPERTIES, PROPERTIES)
def test_what_runs_has_a_reason_and_what_does_not_run_has_none_to_run(old: dict[str, Any], new: dict[str, Any]) -> None:
    outcome = plan_job(IMPORT, old, new)

    assert outcome.reason
    is_kept = outcome.reason.startswith(("only its", "nothing of it", "no deployment"))
    assert outcome.result == ("does not run" if is_kept else "runs")
