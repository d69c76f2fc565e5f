"""Runs of a job on the files that arrive in its source bucket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Duration, aws_events, aws_s3, aws_sqs
from constructs import IValidation

from cdk_data_jobs.asked import bucket_name, known_name, path_of, role_arn, stack_of
from cdk_data_jobs.checks import ValidationError, check_instance, check_key
from cdk_data_jobs.conditions import let_rule_send
from cdk_data_jobs.dead_letters import dead_letters_of_rules
from cdk_data_jobs.messages import add_warning
from cdk_data_jobs.needs import READ, Data
from cdk_data_jobs.parameters import set_parameter
from cdk_data_jobs.storage import gathering_folders
from cdk_data_jobs.tokens import is_unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import CfnResource
    from constructs import Construct

    from cdk_data_jobs.data_job import DataJob
    from cdk_data_jobs.needs import ServiceRules
    from cdk_data_jobs.storage import Location

_SHORTEST_WINDOW, _LONGEST_WINDOW = Duration.minutes(1), Duration.hours(12)
_MOST_RULES = 40  # AWS Lambda Developer Guide, "Lambda quotas": 20 KB for a function's policy, which names each rule
_LONGEST_INPUT = 8192  # EventBridge User Guide, "Amazon EventBridge quotas": an input transformer's template


@dataclass(frozen=True)
class Reading:
    """How a job reads its files.

    Attributes:
        location: Where.
        suffix: How their names end.
        parameter: The parameter of the create call for the location.
        role_parameter: The one for the role that reads them.
        rules: What the service's guide says.
        acting_for: The parameters that say what the service acts for.
        replaces: Whether what it reads takes the place of all that was there.
    """

    location: Location
    suffix: str
    parameter: str
    role_parameter: str
    rules: ServiceRules
    acting_for: Mapping[str, Any] | None = None
    replaces: bool = False


class RunsOnUpload:
    """What jobs have in common that can run on the files that arrive in their source bucket."""

    _reading: Reading

    def run_on_upload(
        self,
        *,
        id: str = "Upload",
        prefix: str | None = None,
        suffix: str | None = None,
        gather: Duration | None = None,
        dead_letter_queue: aws_sqs.IQueue | None = None,
    ) -> aws_events.Rule:
        """Runs the job on the files that arrive in its source bucket: on those alone, not on what was there before.

        What arrives within `gather`, and while an earlier run goes on, is the data of one run, so that many files at
        once are one job. The run copies them into a folder of the staging bucket, which the job reads and which is
        emptied when the job has ended. A file that cannot be read is named in the run's reason; the others are used.
        The files of a job that fails are tried again, half as many at a time, until a bad one is alone: it is given up,
        and the run's reason names it. Those of a FULL import are given up together.

        The bucket must send its events to EventBridge. One that the app declares is told so; for an imported one a
        warning says it. Another one says that a FULL import of what arrives replaces what was there.

        Args:
            id: The rule's id in the job.
            prefix: How the files' keys begin. By default like the job's source.
            suffix: How they end. By default like those of the files that the job reads, e.g. `.csv`.
            gather: How long files are gathered, 1 minute to 12 hours. By default 5 minutes.
            dead_letter_queue: Where events go that could not be delivered. By default the stack's own queue.

        Returns:
            The rule.

        Raises:
            ValueError: If the job's source is no bucket, what arrives could be what runs copy to the staging bucket, or
                an argument cannot work.
        """
        from aws_cdk import aws_events_targets  # noqa: PLC0415 - it takes long to load, and few apps need it

        job, reading = cast("DataJob", self), self._reading
        gather = gather or Duration.minutes(5)
        _check(job, reading, prefix, suffix, gather)
        keys = _keys(reading, prefix, suffix)
        _send_events(job, reading.location.bucket)
        rule = aws_events.Rule(
            job,
            id,
            event_pattern=aws_events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [bucket_name(reading.location.bucket)]}, "object": {"key": [keys]}},
            ),
        )
        request = self._request(prefix, gather)
        rule.add_target(
            aws_events_targets.LambdaFunction(
                job.runner.function,
                event=aws_events.RuleTargetInput.from_object(request),
                dead_letter_queue=self._letters_of(rule, dead_letter_queue),
            )
        )
        rule.node.add_validation(cast("IValidation", _InputCheck(rule, request)))
        # So that it goes first when the stack is deleted.
        job._resources.precede(rule)  # noqa: SLF001 - a mixin of the job
        return rule

    def _letters_of(self, rule: aws_events.Rule, queue: aws_sqs.IQueue | None) -> aws_sqs.IQueue:
        """Returns the queue for what a rule cannot deliver, which may send to it."""
        job = cast("DataJob", self)
        if queue is None:
            return dead_letters_of_rules(job)
        let_rule_send(rule, queue, job._resources.companions)  # noqa: SLF001 - a mixin of the job
        # A reference, to whose policy the target adds nothing.
        return aws_sqs.Queue.from_queue_arn(rule, "DeadLetters", queue.queue_arn)

    def _request(self, prefix: str | None, gather: Duration) -> dict[str, Any]:
        """Returns what the function is invoked with for a file, and lets all concerned handle it."""
        job, reading = cast("DataJob", self), self._reading
        inbox, folder = gathering_folders(job)
        access = job._access_to(reading.rules, Data(folder, READ), acting_for=reading.acting_for)  # noqa: SLF001
        arriving = reading.location.objects if prefix is None else f"{prefix}*"
        job._permissions.allow_gathering(reading.location, arriving, inbox)  # noqa: SLF001 - a mixin of the job
        # The job's deletion waits for such runs, too, and deletes what they leave.
        job._resources.wait_for([*access.policies, *job._permissions.policies])  # noqa: SLF001 - a mixin of the job
        request = job._resources.run_request(  # noqa: SLF001 - a mixin of the job
            "upload",
            Arrivals={
                "Inbox": inbox.url,
                "Folder": folder.url,
                "Parameter": reading.parameter,
                # Some of the files without the others would replace all that was there.
                **({"Whole": True} if reading.replaces else {}),
            },
            Window=gather.to_seconds(),
            Arrived={
                "Bucket": aws_events.EventField.from_path("$.detail.bucket.name"),
                "Key": aws_events.EventField.from_path("$.detail.object.key"),
                "Sequencer": aws_events.EventField.from_path("$.detail.object.sequencer"),
            },
        )
        properties = {**request["ResourceProperties"]}
        properties["Parameters"] = {**properties["Parameters"]}
        set_parameter(properties["Parameters"], reading.role_parameter, role_arn(access.role))
        return {**request, "ResourceProperties": properties}


def _check(job: DataJob, reading: Reading, prefix: str | None, suffix: str | None, gather: Duration) -> None:
    if reading.location.files:
        raise ValidationError(
            "source must be DataSource.from_bucket(...) for run_on_upload, because nothing arrives among local files, "
            f"got an asset for {path_of(job)}"
        )
    check_instance(gather, Duration, "gather")
    if not _SHORTEST_WINDOW.to_seconds() <= gather.to_seconds() <= _LONGEST_WINDOW.to_seconds():
        raise ValidationError(f"gather must be 1 minute to 12 hours, got {gather.to_human_string()}")
    for name, value in (("prefix", prefix), ("suffix", suffix)):
        if value:
            check_key(value, name)
    keys = _keys(reading, prefix, suffix)
    pattern = keys if isinstance(keys, str) else keys["wildcard"]
    if "\\" in pattern:
        raise ValidationError(
            f"the keys of what arrives must have no backslash, which event patterns use otherwise, got {pattern!r}"
        )
    _check_not_own(job, reading.location, pattern)
    if reading.replaces and pattern is not keys:
        add_warning(
            job,
            "fullUpload",
            "a FULL import of what arrives replaces all that was there, also what arrived a window before; set "
            "import_mode to ImportMode.INCREMENTAL, or acknowledge this if each upload is complete",
        )
    if job.runner.count_rule() > _MOST_RULES:
        raise ValidationError(
            f"a runner must have at most {_MOST_RULES} jobs that run on upload, because its function's policy names "
            "each rule; give some of them a DataJobRunner of their own"
        )


def _check_not_own(job: DataJob, source: Location, pattern: str) -> None:
    """Refuses a pattern that the copies of the runs match, each of which would start the next."""
    inbox, _ = gathering_folders(job)
    folder, begin = inbox.copies.removesuffix("*"), pattern.partition("*")[0]
    # Nobody knows yet how a token begins: the function does not take its own copies, whatever they match.
    can_match = not is_unresolved(begin) and (
        begin.startswith(folder) or (folder.startswith(begin) and begin != pattern)
    )
    if can_match and known_name(source.bucket) == known_name(inbox.bucket):
        raise ValidationError(
            "what arrives must not be what runs copy themselves, or each run would start the next, got the keys "
            f"{pattern!r} in the staging bucket, which match what is below {folder or '/'!r}; give the files a folder "
            "of their own with prefix=..., or the DataJobRunner another staging_bucket"
        )


def _keys(reading: Reading, prefix: str | None, suffix: str | None) -> str | dict[str, str]:
    """Returns the pattern of the keys that count (EventBridge User Guide, "Comparison operators")."""
    key = reading.location.key
    if prefix is None and not reading.location.objects.endswith("*") and key.endswith(suffix or ""):
        return key
    return {"wildcard": f"{key if prefix is None else prefix}*{reading.suffix if suffix is None else suffix}"}


def _send_events(job: Construct, bucket: aws_s3.IBucket) -> None:
    resource = bucket.node.default_child
    if not isinstance(resource, aws_s3.CfnBucket):
        add_warning(
            job,
            "bucketEvents",
            f"the bucket {bucket_name(bucket)} is not of this app, so its owner must let it send events to "
            "EventBridge; otherwise nothing runs on upload",
        )
        return
    # A property of the bucket: enable_event_bridge_notification() would take a function with a managed policy.
    resource.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)
    bucket.node.add_validation(cast("IValidation", _EventsCheck(bucket)))


@jsii.implements(IValidation)
class _InputCheck:
    """What a rule says to the function has a limit, and tags, which are part of it, are known at synthesis only."""

    def __init__(self, rule: Construct, request: Mapping[str, Any]) -> None:
        self._rule = rule
        self._request = request

    def validate(self) -> list[str]:
        size = len(json.dumps(stack_of(self._rule).resolve(self._request), separators=(",", ":")))
        if size <= _LONGEST_INPUT:
            return []
        return [f"what the rule says of the job must have at most {_LONGEST_INPUT} characters, got about {size}"]


@jsii.implements(IValidation)
class _EventsCheck:
    """The bucket's other notifications, which CDK sets with a function, would replace what the bucket says itself."""

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
