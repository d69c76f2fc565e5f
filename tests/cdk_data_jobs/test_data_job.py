"""What all kinds of jobs have in common: names, order and options."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk

from cdk_data_jobs import OnFailure, personalize

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
Declare = Callable[..., personalize.DatasetImportJob]
Properties = Callable[[], dict[str, Any]]
Resources = Callable[..., dict[str, Any]]


def test_the_default_name_is_the_path(import_job: Declare, job_properties: Properties) -> None:
    import_job()

    assert job_properties()["JobName"] == "Shop-ImportUsers"


def test_options_that_differ_from_their_defaults_are_properties(
    import_job: Declare, job_properties: Properties
) -> None:
    import_job(timeout=cdk.Duration.minutes(5), on_failure=OnFailure.CONTINUE, trigger="2026-01")

    properties = job_properties()
    assert (properties["Timeout"], properties["OnFailure"], properties["Trigger"]) == (300, "CONTINUE", "2026-01")


def test_a_job_that_is_not_waited_for(import_job: Declare, job_properties: Properties) -> None:
    import_job(wait_for_completion=False)

    assert job_properties()["WaitForCompletion"] is False


def test_nothing_runs_before_its_permissions_exist(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    import_job()

    found = resources(stack)
    (job,) = (value for value in found.values() if value["Type"] == JOB_TYPE)
    policies = {name for name, value in found.items() if value["Type"] in ("AWS::IAM::Policy", "AWS::S3::BucketPolicy")}
    first = set(job["DependsOn"])
    assert first | {before for name in first for before in found[name].get("DependsOn", [])} == policies
    assert len(policies) == 4


def test_jobs_can_be_ordered(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    first = import_job("First")
    import_job("Second").node.add_dependency(first)

    jobs = resources(stack, JOB_TYPE)
    (first_id,) = (name for name in jobs if name.startswith("First"))
    (second,) = (job for name, job in jobs.items() if name.startswith("Second"))
    assert first_id in second["DependsOn"]


def test_the_own_resource_is_the_default_child_and_keeps_its_id(import_job: Declare, stack: cdk.Stack) -> None:
    job = import_job()

    own = job.node.default_child
    assert isinstance(own, cdk.CfnResource)
    assert own.cfn_resource_type == JOB_TYPE
    assert own is job.node.find_child("Resource")
    assert stack.resolve(own.logical_id) == "ImportUsersAE05C6F9"
