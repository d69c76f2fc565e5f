"""The tags of a construct, its scopes and its stacks become those of the job, and nobody else's."""

from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_data_jobs import DataSource, personalize
from cdk_data_jobs._job.tagging import find_tag_errors

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
Declare = Callable[..., personalize.DatasetImportJob]
Properties = Callable[[], dict[str, Any]]
Resources = Callable[..., dict[str, Any]]


def test_a_job_has_the_tags_of_all_scopes_whenever_they_are_added(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, job_properties: Properties
) -> None:
    job = import_job()
    cdk.Tags.of(job).add("job", "1")
    cdk.Tags.of(stack).add("stack", "2")
    cdk.Tags.of(app).add("app", "3")

    assert job_properties()["Tags"] == [
        {"Key": "app", "Value": "3"},
        {"Key": "job", "Value": "1"},
        {"Key": "stack", "Value": "2"},
    ]


def test_a_jobs_tags_are_on_nothing_else(import_job: Declare, stack: cdk.Stack, write: Callable[..., Any]) -> None:
    cdk.Tags.of(import_job()).add("team", "search")
    cdk.Tags.of(import_job("Upload", source=DataSource.from_asset(write("users.csv")))).add("team", "search")

    assert not [
        name
        for name, value in Template.from_stack(stack).to_json()["Resources"].items()
        if value["Type"] != JOB_TYPE and "team" in str(value)
    ]


def test_the_permission_to_tag_is_there_if_a_job_has_tags(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    import_job("One")
    other = cdk.Stack(cdk.App(), "Other")
    dataset = personalize.Dataset.from_dataset_arn(other, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
    source = DataSource.from_bucket(s3.Bucket(other, "Data"), "users/")
    tagged = import_job("One", scope=other, dataset=dataset, source=source)
    cdk.Tags.of(tagged).add("team", "search")

    assert "personalize:TagResource" not in str(resources(stack))
    assert "personalize:TagResource" in str(resources(other))


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({f"key{number}": "x" for number in range(51)}, "a job must have at most 50 tags, got 51"),
        ({"AWS:team": "x"}, "a tag's key must not start with 'aws:'"),
    ],
)
def test_invalid_tags_stop_the_synthesis(import_job: Declare, app: cdk.App, tags: dict[str, str], message: str) -> None:
    job = import_job()
    for key, value in tags.items():
        cdk.Tags.of(job).add(key, value)

    with pytest.raises(RuntimeError, match=rf"\[Shop\] Shop/ImportUsers: {message}"):
        app.synth()


def test_tags_that_the_stack_was_given_are_the_jobs_too(app: cdk.App, resources: Resources) -> None:
    stack = cdk.Stack(app, "Tagged", tags={"team": "search", "stage": "prod"})
    dataset = personalize.Dataset.from_dataset_arn(stack, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
    source = DataSource.from_bucket(s3.Bucket(stack, "Data"), "in/")
    job = personalize.DatasetImportJob(stack, "Import", dataset=dataset, source=source)
    cdk.Tags.of(job).add("stage", "test")

    (found,) = resources(stack, JOB_TYPE).values()
    assert found["Properties"]["Tags"] == [
        {"Key": "stage", "Value": "test"},
        {"Key": "team", "Value": "search"},
    ]


@pytest.fixture
def tags_of(resources: Resources) -> Callable[[cdk.Stack, str], dict[str, str]]:
    """The tags of a job of a stack."""

    def find(stack: cdk.Stack, job: str) -> dict[str, str]:
        (found,) = (one for name, one in resources(stack, JOB_TYPE).items() if name.startswith(job))
        return {tag["Key"]: tag["Value"] for tag in found["Properties"].get("Tags", [])}

    return find


TagsOf = Callable[[cdk.Stack, str], dict[str, str]]


def test_what_the_stack_is_given_later_reaches_jobs_that_are_there(
    import_job: Declare, stack: cdk.Stack, tags_of: TagsOf
) -> None:
    stack.tags.set_tag("team", "search")
    stack.tags.set_tag("gone", "soon")
    import_job("First")
    stack.tags.set_tag("team", "books")
    stack.tags.set_tag("stage", "prod")
    stack.tags.remove_tag("gone", 0)
    import_job("Second")

    assert tags_of(stack, "First") == tags_of(stack, "Second") == {"team": "books", "stage": "prod"}


def test_a_jobs_own_tags_win_over_those_that_the_stack_is_given_later(
    import_job: Declare, stack: cdk.Stack, tags_of: TagsOf
) -> None:
    stack.tags.set_tag("own", "1")
    stack.tags.set_tag("kept", "1")
    job = import_job("Job")
    job.cdk_tag_manager.set_tag("own", "mine")
    job.cdk_tag_manager.set_tag("kept", "mine")
    cdk.Tags.of(job).add("added", "mine")
    cdk.Tags.of(job).remove("removed")
    import_job("Other")
    for key in ("own", "added", "removed"):
        stack.tags.set_tag(key, "2")
    stack.tags.remove_tag("kept", 0)

    assert tags_of(stack, "Job") == {"own": "mine", "kept": "mine", "added": "mine"}
    assert tags_of(stack, "Other") == {"own": "2", "added": "2", "removed": "2"}


@pytest.mark.parametrize("of_app", [False, True])
def test_a_tag_for_other_resources_of_the_stack_is_no_jobs(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, tags_of: TagsOf, *, of_app: bool
) -> None:
    import_job("Job")
    scope = app if of_app else stack
    cdk.Tags.of(scope).add("others", "1", exclude_resource_types=[JOB_TYPE])
    cdk.Tags.of(scope).add("stack", "1", include_resource_types=["aws:cdk:stack"])
    stack.tags.set_tag("all", "1")

    assert tags_of(stack, "Job") == {"all": "1"}


def test_a_tag_for_other_resources_hides_none_that_the_stack_is_given_later(
    import_job: Declare, stack: cdk.Stack, tags_of: TagsOf
) -> None:
    cdk.Tags.of(stack).add("team", "buckets", include_resource_types=["AWS::S3::Bucket"])
    import_job("Job")
    stack.tags.set_tag("team", "search")

    assert tags_of(stack, "Job") == {"team": "search"}


def test_a_tag_that_the_stack_alone_loses_stays_with_the_jobs(
    import_job: Declare, stack: cdk.Stack, tags_of: TagsOf
) -> None:
    stack.tags.set_tag("team", "search")
    import_job("Job")
    cdk.Tags.of(stack).remove("team", include_resource_types=["aws:cdk:stack"])

    assert tags_of(stack, "Job") == {"team": "search"}


def test_what_the_parent_is_given_later_reaches_the_jobs_of_its_nested_stacks(
    import_job: Declare, stack: cdk.Stack, tags_of: TagsOf
) -> None:
    stack.tags.set_tag("gone", "soon")
    nested = cdk.NestedStack(stack, "Nested")
    import_job("Job", scope=nested)
    nested.tags.set_tag("own", "1")
    stack.tags.set_tag("team", "search")
    stack.tags.set_tag("own", "2")
    stack.tags.remove_tag("gone", 0)
    cdk.Tags.of(stack).add("added", "1")

    assert tags_of(nested, "Job") == {"own": "1", "team": "search", "added": "1"}


def test_aspects_that_look_at_a_job_see_what_the_stack_is_given_later(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    job = import_job()
    seen: list[dict[str, str]] = []

    @jsii.implements(cdk.IAspect)
    class Looking:
        def visit(self, node: IConstruct) -> None:
            if node.node.path == job.node.path:
                seen.append(dict(job.cdk_tag_manager.tag_values()))

    cdk.Aspects.of(stack).add(cast("cdk.IAspect", Looking()))
    stack.tags.set_tag("team", "search")
    resources(stack)

    assert seen == [{"team": "search"}]


def test_the_permission_to_tag_is_there_if_the_stack_is_given_tags_later(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    import_job()
    stack.tags.set_tag("team", "search")

    assert "personalize:TagResource" in str(resources(stack))


def test_an_invalid_tag_that_the_stack_is_given_later_stops_the_synthesis(
    import_job: Declare, stack: cdk.Stack, app: cdk.App
) -> None:
    import_job()
    stack.tags.set_tag("team", "search!")

    with pytest.raises(RuntimeError, match=r"\[Shop\] Shop/ImportUsers: a tag must consist of"):
        app.synth()


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({f"key{number}": "" for number in range(51)}, "at most 50 tags, got 51"),
        ({"aws:cdk": ""}, "must not start with 'aws:', which is reserved, got 'aws:cdk'"),
        ({"k" * 129: ""}, f"a tag's key must have 1 to 128 characters, got 129: '{'k' * 129}'"),
        ({"": ""}, "1 to 128 characters, got 0: ''"),
        ({"key": "v" * 257}, "at most 256 characters, got 257 for 'key'"),
        ({"price": "3 €"}, "got '€' in 'price'"),
        ({"key;": "a,b"}, "letters, digits, white space and _ . : / = + - @, got ',' ';' in 'key;'"),
    ],
)
def test_errors_in_tags(tags: dict[str, str], message: str) -> None:
    (error,) = find_tag_errors([{"Key": key, "Value": value} for key, value in tags.items()])

    assert message in error


def test_a_tag_that_is_not_known_yet_hides_no_other() -> None:
    known = {"Key": "aws:a", "Value": {"Ref": "Team"}}

    assert len(find_tag_errors([{"Key": {"Ref": "Name"}, "Value": ""}, known])) == 1


def test_tags_at_the_limits_pass() -> None:
    most = [{"Key": f"{number:0128}", "Value": "v" * 256} for number in range(50)]

    assert find_tag_errors([*most[:-1], {"Key": "k", "Value": ""}]) == []


def test_tags_in_every_script_pass() -> None:
    assert find_tag_errors([{"Key": "équipe : 1/2", "Value": "検索 a_b.c=d+e-f@g"}]) == []


def test_tags_of_tokens_pass(stack: cdk.Stack) -> None:
    token = stack.resolve(cdk.CfnParameter(stack, "Parameter").value_as_string)

    assert find_tag_errors([{"Key": token, "Value": token}]) == []
