"""Runs of jobs of AWS Glue: parameters and permissions."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_glue as glue_resources
from catalogue.run_jobs import run_glue_job
from catalogue.shop import Shop

from cdk_data_jobs.glue import WorkerType

TYPE = "Custom::AwsGlueJobRun"
RUN_AND_DESCRIBE = "['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns']"
Resources = Callable[..., dict[str, Any]]


def properties(stack: cdk.Stack, resources: Resources) -> dict[str, Any]:
    (job,) = resources(stack, TYPE).values()
    return dict(job["Properties"])


def test_what_has_its_default_is_left_out(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    run_glue_job(shop)

    assert set(properties(stack, resources)) == {"ServiceToken", "Parameters", "Definition"}
    assert properties(stack, resources)["Parameters"] == {"JobName": "nightly"}


def test_the_function_may_run_and_describe_the_job_alone(
    shop: Shop, own_statements: Callable[[], dict[str, Any]]
) -> None:
    run_glue_job(shop)

    ((actions, resource),) = own_statements().items()
    assert actions == RUN_AND_DESCRIBE
    assert resource["Fn::Join"][1][-1] == ":job/nightly"


def test_a_run_waits_for_other_runs(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    run_glue_job(shop)

    assert "ConcurrentRunsExceededException" in properties(stack, resources)["Definition"]["busy"]


def test_a_job_of_the_app_is_referred_to(
    shop: Shop, stack: cdk.Stack, resources: Resources, own_statements: Callable[[], dict[str, Any]]
) -> None:
    command = glue_resources.CfnJob.JobCommandProperty(name="pythonshell", script_location="s3://shop-data/nightly.py")
    run_glue_job(shop, job=glue_resources.CfnJob(stack, "Glue", command=command, role="glue"))

    assert properties(stack, resources)["Parameters"]["JobName"] == {"Ref": "Glue"}
    assert "Glue" in str(own_statements()[RUN_AND_DESCRIBE])


@pytest.mark.parametrize(
    ("capacity", "passed_on"),
    [
        ({"max_capacity": 0.0625}, {"MaxCapacity": 0.0625}),
        ({"number_of_workers": 2}, {"NumberOfWorkers": 2}),
        ({"worker_type": WorkerType.G_1X, "number_of_workers": 2}, {"WorkerType": "G.1X", "NumberOfWorkers": 2}),
    ],
)
def test_a_run_has_a_capacity_or_workers(
    shop: Shop, stack: cdk.Stack, resources: Resources, capacity: dict[str, Any], passed_on: dict[str, Any]
) -> None:
    run_glue_job(shop, **capacity)

    assert properties(stack, resources)["Parameters"] == {"JobName": "nightly", **passed_on}


def test_a_run_may_take_one_minute(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    run_glue_job(shop, run_timeout=cdk.Duration.minutes(1))

    assert properties(stack, resources)["Parameters"]["Timeout"] == 1


def test_a_time_may_be_a_parameter_of_the_template(shop: Shop, stack: cdk.Stack, resources: Resources) -> None:
    minutes = cdk.CfnParameter(stack, "Minutes", type="Number")
    run_glue_job(shop, run_timeout=cdk.Duration.minutes(minutes.value_as_number))

    assert properties(stack, resources)["Parameters"]["Timeout"] == {"Ref": "Minutes"}


def test_a_security_configuration_may_be_a_resource_of_the_template(
    shop: Shop, stack: cdk.Stack, resources: Resources
) -> None:
    keys = glue_resources.CfnSecurityConfiguration(stack, "Keys", name="encrypted", encryption_configuration={})
    run_glue_job(shop, security_configuration=keys)

    assert properties(stack, resources)["Parameters"]["SecurityConfiguration"] == {"Ref": "Keys"}
