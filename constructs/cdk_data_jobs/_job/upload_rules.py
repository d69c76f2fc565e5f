"""The EventBridge rule that starts runs of a job for uploaded files: the files that it matches, and its validation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Duration, aws_events, aws_s3
from constructs import Construct, IValidation

from cdk_data_jobs._support.memo import bucket_name, known_bucket_name, memoize, path_of, stack_of
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError, validate_instance, validate_object_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import CfnResource, aws_lambda, aws_sqs

    from cdk_data_jobs._access.access_rules import ServiceRules
    from cdk_data_jobs._storage.location import Location
    from cdk_data_jobs._storage.staging import StagingFolder

_MIN_WINDOW, _MAX_WINDOW = Duration.minutes(1), Duration.hours(12)
_MAX_RULES = 40  # AWS Lambda Developer Guide, "Lambda quotas": 20 KB for a function's policy, which names each rule
_MAX_INPUT_LENGTH = 8192  # EventBridge User Guide, "Amazon EventBridge quotas": an input transformer's template


@dataclass(frozen=True)
class UploadSource:
    """The source of a job that can run on uploaded files.

    Attributes:
        location: The location.
        suffix: The suffix of the files' names.
        location_parameter: The parameter of the create call for the location.
        role_parameter: The parameter for the role that reads it.
        access_rules: The rules of the service's guide.
        source_arn_parameters: The parameters of the create call that the definition's `source_arn` names.
        replaces_data: Whether the data that a job reads replaces all that was there.
    """

    location: Location
    suffix: str
    location_parameter: str
    role_parameter: str
    access_rules: ServiceRules
    source_arn_parameters: Mapping[str, Any] | None = None
    replaces_data: bool = False


def create_upload_rule(job: Construct, id: str, bucket: aws_s3.IBucket, keys: str | dict[str, str]) -> aws_events.Rule:
    """Creates a rule, without a target, for files that are uploaded to a bucket, and has the bucket send events.

    Args:
        job: The job.
        id: The rule's id in it.
        bucket: The bucket.
        keys: The event pattern of the files' keys.
    """
    _enable_events(job, bucket)
    return aws_events.Rule(
        job,
        id,
        event_pattern=aws_events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [bucket_name(bucket)]}, "object": {"key": [keys]}},
        ),
    )


def add_function_target(
    rule: aws_events.Rule,
    function: aws_lambda.IFunction,
    request: Mapping[str, Any],
    dead_letter_queue: aws_sqs.IQueue,
) -> None:
    """Adds a function as the target of a rule, and validates at synthesis that its input is not too long.

    Args:
        rule: The rule.
        function: The runner's function.
        request: The request with which the rule invokes it.
        dead_letter_queue: The queue for events that could not be delivered.
    """
    from aws_cdk import aws_events_targets  # noqa: PLC0415 - it takes long to load, and few apps need it

    rule.add_target(
        aws_events_targets.LambdaFunction(
            function, event=aws_events.RuleTargetInput.from_object(request), dead_letter_queue=dead_letter_queue
        )
    )
    rule.node.add_validation(cast("IValidation", _InputLengthValidation(rule, request)))


def validate_upload_arguments(
    job: Construct,
    runner: Construct,
    source: UploadSource,
    staging: StagingFolder,
    *,
    prefix: str | None,
    suffix: str | None,
    batching_window: Duration,
) -> str | dict[str, str]:
    """Validates the arguments of `run_on_upload`, and returns the event pattern of the files' keys.

    Args:
        job: The job.
        runner: Its runner.
        source: The source of the job.
        staging: Its folder in the staging bucket.
        prefix: The prefix of the files' keys; None for that of the job's source.
        suffix: Their suffix; None for that of the files that the job reads.
        batching_window: How long files are collected.

    Raises:
        ValidationError: If one of them cannot work.
    """
    if source.location.files:
        raise ValidationError(
            "source must be DataSource.from_bucket(...) for run_on_upload, because no files are uploaded to an asset, "
            f"got an asset for {path_of(job)}"
        )
    validate_instance(batching_window, Duration, "batching_window")
    if not _MIN_WINDOW.to_seconds() <= batching_window.to_seconds() <= _MAX_WINDOW.to_seconds():
        raise ValidationError(f"batching_window must be 1 minute to 12 hours, got {batching_window.to_human_string()}")
    for name, value in (("prefix", prefix), ("suffix", suffix)):
        if value:
            validate_object_key(value, name)
    keys = _key_pattern(source, prefix, suffix)
    pattern = keys if isinstance(keys, str) else keys["wildcard"]
    if "\\" in pattern:
        raise ValidationError(
            "the keys of uploaded files must have no backslash, which is an escape character in event patterns, got "
            f"{pattern!r}"
        )
    _validate_no_copies(source.location, staging, pattern)
    if source.replaces_data and pattern is not keys:
        add_warning(
            job,
            "fullUpload",
            "a FULL import of uploaded files replaces all that was there, also the files of the run before; "
            "set import_mode to ImportMode.INCREMENTAL, or acknowledge this if each upload is complete",
        )
    _validate_rule_count(runner)
    return keys


def _validate_no_copies(source: Location, staging: StagingFolder, pattern: str) -> None:
    """Validates that a pattern does not match the copies that runs make, each of which would start the next run."""
    folder, start = staging.copies_pattern.removesuffix("*"), pattern.partition("*")[0]
    # The beginning of a token is not known yet; the function ignores its own copies anyway.
    can_match = not is_unresolved(start) and (
        start.startswith(folder) or (folder.startswith(start) and start != pattern)
    )
    if can_match and known_bucket_name(source.bucket) == known_bucket_name(staging.bucket):
        raise ValidationError(
            "uploaded files must not be the copies that runs make, or each run would start the next, got the keys "
            f"{pattern!r} in the staging bucket, which match what is below {folder or '/'!r}; give the files a folder "
            "of their own with prefix=..., or the DataJobRunner another staging_bucket"
        )


def _validate_rule_count(runner: Construct) -> None:
    """Validates that one more rule may invoke a runner's function."""
    count = _rule_count(runner)
    count.value += 1
    if count.value > _MAX_RULES:
        raise ValidationError(
            f"a runner must have at most {_MAX_RULES} jobs that run on upload, because its function's policy names "
            f"each rule, got {count.value}; give some of them a DataJobRunner of their own"
        )


@dataclass
class _RuleCount:
    value: int = 0


@memoize
def _rule_count(runner: Construct) -> _RuleCount:  # noqa: ARG001 - each runner has its own
    return _RuleCount()


def _key_pattern(source: UploadSource, prefix: str | None, suffix: str | None) -> str | dict[str, str]:
    """Returns the event pattern of the files' keys (EventBridge User Guide, "Comparison operators")."""
    key = source.location.key
    if prefix is None and not source.location.object_pattern.endswith("*") and key.endswith(suffix or ""):
        return key
    return {"wildcard": f"{key if prefix is None else prefix}*{source.suffix if suffix is None else suffix}"}


def _enable_events(job: Construct, bucket: aws_s3.IBucket) -> None:
    resource = bucket.node.default_child
    if not isinstance(resource, aws_s3.CfnBucket):
        add_warning(
            job,
            "bucketEvents",
            f"the bucket {bucket_name(bucket)} is not of this app, so its owner must let it send events to "
            "EventBridge; otherwise nothing runs on upload",
        )
        return
    # As a property of the bucket, because enable_event_bridge_notification() would add a function with a managed
    # policy.
    resource.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)
    bucket.node.add_validation(cast("IValidation", _NotificationsValidation(bucket)))


@jsii.implements(IValidation)
class _InputLengthValidation:
    """Validates the length of a request at synthesis, because the tags in it are not known before."""

    def __init__(self, rule: Construct, request: Mapping[str, Any]) -> None:
        self._rule = rule
        self._request = request

    def validate(self) -> list[str]:
        size = len(json.dumps(stack_of(self._rule).resolve(self._request), separators=(",", ":")))
        if size <= _MAX_INPUT_LENGTH:
            return []
        error = (
            "the input of the rule's target, which has the parameters and tags of the job, must have at most "
            f"{_MAX_INPUT_LENGTH} characters, got about {size}; shorten the parameters or remove tags"
        )
        return [error]


@jsii.implements(IValidation)
class _NotificationsValidation:
    """Validates that a bucket's other notifications, which CDK sets with a function, do not replace its property."""

    def __init__(self, bucket: aws_s3.IBucket) -> None:
        self._bucket = bucket

    def validate(self) -> list[str]:
        notifications = self._bucket.node.try_find_child("Notifications")
        if notifications is None:
            return []
        resource = cast("CfnResource", notifications.node.find_child("Resource"))
        properties = stack_of(self._bucket).resolve(resource._cfn_properties)  # noqa: SLF001 - protected in TypeScript
        if "EventBridgeConfiguration" in properties["NotificationConfiguration"]:
            return []
        error = (
            f"the notifications of {path_of(self._bucket)} would switch off its events for EventBridge, which "
            "run_on_upload needs; call its enable_event_bridge_notification()"
        )
        return [error]
