"""Batch inference and batch segment jobs.

Source: the developer guide's "Preparing and importing batch input data": JSON lines in, and for each file one of JSON
lines out, named after it with `.out`, each line with `input`, `output` and `error`; and its "Common error messages" and
"Amazon Personalize endpoints and quotas".

What is in `output` is a placeholder: nothing was trained, so every line gets the first items, or users, that the
dataset group holds, in the order of their ids.
"""

import contextlib
import json
from abc import abstractmethod
from collections.abc import Iterator
from typing import IO, Any

from cdk_data_jobs_local.services.core.access import NotFoundError, RoleSession
from cdk_data_jobs_local.services.core.jobs import Job, JobFailedError
from cdk_data_jobs_local.services.core.location import Location
from cdk_data_jobs_local.services.personalize.job_kind import JobKind, access_errors_as_failures

_RESULTS = 25
_MAX_FILES, _MAX_BYTES, _MAX_RECORDS = 1000, 1024**3, 50_000_000


class _BatchJobs(JobKind):
    """The batch jobs of one kind: they write results of a solution version for what they read."""

    parent_parameter = "solutionVersionArn"

    column: str
    """The column whose values are the results."""

    @abstractmethod
    def output(self, results: list[str]) -> dict[str, Any]:
        """Returns the `output` member of a line of results."""

    def describe(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        return {"numResults": _RESULTS, **super().describe(job)}

    def check(self, job_arn: str, parameters: dict[str, Any]) -> None:
        """See `JobKind`."""
        self.account.solutions.versions.active(parameters["solutionVersionArn"])
        self.check_quota(parameters)
        if "filterArn" in parameters:
            self.account.solutions.filters.active(parameters["filterArn"])
        source, target, kms_key = _locations(parameters)
        if target == source.folder:
            raise JobFailedError("Invalid S3 output path")
        with _input_errors_as_failures(source):
            session = self.session(job_arn, parameters["roleArn"])
            keys = _keys(session, source)
        with _output_errors_as_failures(target):
            session.list_keys(target.bucket, target.key)
            session.check_put(target.bucket, f"{target.key}{_output_name(keys[0])}", kms_key=kms_key)

    def work(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        source, target, kms_key = _locations(job.parameters)
        version = self.account.solutions.versions.get(job.parameters["solutionVersionArn"])
        first = self._first(version.parameters["datasetGroupArn"], job.parameters.get("numResults", _RESULTS))
        files, count = [], 0
        with _input_errors_as_failures(source):
            session = self.session(job.id, job.parameters["roleArn"])
            for key in _keys(session, source):
                with session.open(source.bucket, key) as stream:
                    lines = [self._result(line, first) for line in self.records(stream)]
                count += len(lines)
                files.append((f"{target.key}{_output_name(key)}", "".join(f"{line}\n" for line in lines)))
        with _output_errors_as_failures(target):
            for key, content in files:
                session.put(target.bucket, key, content.encode(), kms_key=kms_key)
        return {"rows": count, "files": [target.url(key) for key, _ in files]}

    def records(self, stream: IO[bytes]) -> Iterator[bytes]:
        """Returns the lines of a file that request something.

        Raises:
            JobFailedError: There are too many.
        """
        return (line for line in stream if line.strip())

    def _result(self, line: bytes, first: list[str]) -> str:
        try:
            given = json.loads(line)
        except ValueError:
            text = line.decode(errors="replace").strip()
            return json.dumps({"input": text, "output": None, "error": "The input is not valid JSON."})
        return json.dumps({"input": given, "output": self.output(first), "error": None})

    def _first(self, group_arn: str, most: int) -> list[str]:
        found: set[str] = set()
        for dataset in self.account.catalog.datasets_of(group_arn):
            if self.column in dataset.schema.names:
                found.update(self.account.rows.values(dataset.arn, self.column))
        return sorted(found)[:most]


class BatchInferenceJobs(_BatchJobs):
    """The batch inference jobs of one account and Region."""

    type_name = "BatchInferenceJob"
    column = "ITEM_ID"
    duration = "inferring"
    quota = "concurrent_batch_inference"

    def describe(self, job: Job) -> dict[str, Any]:
        """See `JobKind`."""
        return {"batchInferenceJobMode": "BATCH_INFERENCE", **super().describe(job)}

    def records(self, stream: IO[bytes]) -> Iterator[bytes]:
        """See `_BatchJobs`."""
        for number, line in enumerate(super().records(stream)):
            if number >= _MAX_RECORDS:
                raise JobFailedError("A file of a batch inference job can have at most 50 million records")
            yield line

    def output(self, results: list[str]) -> dict[str, Any]:
        """See `_BatchJobs`."""
        scores = [round(1 / (rank + 2), 7) for rank in range(len(results))]
        return {"recommendedItems": results, "scores": scores}


class BatchSegmentJobs(_BatchJobs):
    """The batch segment jobs of one account and Region."""

    type_name = "BatchSegmentJob"
    column = "USER_ID"
    duration = "segmenting"
    quota = "concurrent_batch_segments"

    def output(self, results: list[str]) -> dict[str, Any]:
        """See `_BatchJobs`."""
        return {"usersList": results}


def _locations(parameters: dict[str, Any]) -> tuple[Location, Location, str | None]:
    output = parameters["jobOutput"]["s3DataDestination"]
    source = Location.parse(parameters["jobInput"]["s3DataSource"]["path"])
    return source, Location.parse(output["path"]).folder, output.get("kmsKeyArn")


def _keys(session: RoleSession, source: Location) -> list[str]:
    keys = source.keys(session, deep=False)
    if not keys:
        raise NotFoundError(source)
    if len(keys) > _MAX_FILES:
        raise JobFailedError("The input of a batch job can have at most 1000 files")
    if sum(session.size(source.bucket, key) for key in keys) > _MAX_BYTES:
        raise JobFailedError("The input of a batch job can be at most 1 GB")
    return keys


@contextlib.contextmanager
def _input_errors_as_failures(source: Location) -> Iterator[None]:
    with access_errors_as_failures(source):
        try:
            yield
        except NotFoundError as error:
            raise JobFailedError("Invalid S3 input path") from error


@contextlib.contextmanager
def _output_errors_as_failures(target: Location) -> Iterator[None]:
    with access_errors_as_failures(target):
        try:
            yield
        except NotFoundError as error:
            raise JobFailedError("Invalid S3 output path") from error


def _output_name(key: str) -> str:
    return f"{key.rpartition('/')[2]}.out"
