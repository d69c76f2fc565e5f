"""The base class of the jobs that can run on uploaded files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, aws_events

from cdk_data_jobs._access.access_rules import READ, DataAccess
from cdk_data_jobs._definition.parameters import set_parameter
from cdk_data_jobs._job.dead_letter_queues import dead_letter_queue_for_rule, dead_letter_queue_for_rules
from cdk_data_jobs._job.upload_rules import (
    UploadSource,
    add_function_target,
    create_upload_rule,
    validate_upload_arguments,
)
from cdk_data_jobs._storage.staging import StagingFolder
from cdk_data_jobs._support.memo import role_arn
from cdk_data_jobs.data_job import DataJob

if TYPE_CHECKING:
    from aws_cdk import aws_sqs


class UploadJob(DataJob):
    """A data job that can also run on the files that are uploaded to its source bucket."""

    _upload_source: UploadSource
    """What the job reads; each kind of job sets it when its resources are created."""

    def run_on_upload(
        self,
        *,
        id: str = "Upload",
        prefix: str | None = None,
        suffix: str | None = None,
        batching_window: Duration | None = None,
        dead_letter_queue: aws_sqs.IQueue | None = None,
    ) -> aws_events.Rule:
        """Runs the job on the files that are uploaded to its source bucket from now on, and on those alone.

        The files that are uploaded within `batching_window`, or while an earlier run is still running, are the data of
        one run, so that many files at once are one job. The run copies them into a folder of the staging bucket, which
        the job reads and which is emptied when the job has ended. A file that cannot be read is named in the run's
        reason; the others are used. The files of a job that fails are tried again, half as many at a time, until a bad
        one is alone: it is given up, and the run's reason names it. Those of a FULL import are given up together.

        The bucket must send its events to EventBridge: for a bucket that the app declares, that is switched on; for an
        imported one, a warning says so. Another warning says that a FULL import of uploaded files replaces the data
        that was imported before.

        Args:
            id: The rule's id in the job.
            prefix: The prefix of the files' keys. By default that of the job's source.
            suffix: The suffix of their keys. By default that of the files that the job reads, e.g. `.csv`.
            batching_window: How long files are collected for one run, 1 minute to 12 hours. By default 5 minutes.
            dead_letter_queue: The queue for events that could not be delivered. By default the stack's own.

        Returns:
            The rule.

        Raises:
            ValueError: If the job's source is an asset, if the files could be those that runs copy to the staging
                bucket, or if an argument cannot work.
        """
        self._refuse_expression("on upload", "let a rule start a state machine with the task")
        batching_window = batching_window or Duration.minutes(5)
        source, staging = self._upload_source, StagingFolder.of(self, self._runner.staging_bucket)
        keys = validate_upload_arguments(
            self,
            self._runner,
            source,
            staging,
            prefix=prefix,
            suffix=suffix,
            batching_window=batching_window,
        )
        rule = create_upload_rule(self, id, source.location.bucket, keys)
        condition = self._add_starter(rule)
        request = self._create_upload_request(source, staging, prefix, batching_window)
        queue = dead_letter_queue and dead_letter_queue_for_rule(rule, dead_letter_queue, condition)
        add_function_target(rule, self._runner.function, request, queue or dead_letter_queue_for_rules(self))
        return rule

    def _create_upload_request(
        self, source: UploadSource, staging: StagingFolder, prefix: str | None, batching_window: Duration
    ) -> dict[str, Any]:
        """Returns the request with which the runner's function is invoked for a file, and grants what its run needs."""
        markers, batches = staging.markers, staging.batches
        access = self._access.grant(
            source.access_rules, DataAccess(batches, READ), source_arn_parameters=source.source_arn_parameters
        )
        object_pattern = source.location.object_pattern if prefix is None else f"{prefix}*"
        self._permissions.allow_upload_batches(source.location, object_pattern, markers)
        # The job's deletion waits for such runs, too, and deletes what they leave.
        self._resources.add_dependencies([*access.policies, *self._permissions.policies])
        request = self._resources.create_run_request(
            "upload",
            Arrivals={
                "Inbox": markers.url,
                "Folder": batches.url,
                "Parameter": source.location_parameter,
                # Some of the files without the others would replace all that was there.
                **({"Whole": True} if source.replaces_data else {}),
            },
            Window=batching_window.to_seconds(),
            Arrived={
                "Bucket": aws_events.EventField.from_path("$.detail.bucket.name"),
                "Key": aws_events.EventField.from_path("$.detail.object.key"),
                "Sequencer": aws_events.EventField.from_path("$.detail.object.sequencer"),
            },
        )
        properties = {**request["ResourceProperties"]}
        properties["Parameters"] = {**properties["Parameters"]}
        set_parameter(properties["Parameters"], source.role_parameter, role_arn(access.role))
        return {**request, "ResourceProperties": properties}
