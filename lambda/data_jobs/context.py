"""Holds the data and clients of one step of a run, and sets the next step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from data_jobs.cloudformation import MAX_RESPONSE_BYTES
from data_jobs.conversion import tag_list
from data_jobs.definitions import definition_of
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.log import log
from data_jobs.matching import with_value
from data_jobs.messages import MAX_MESSAGE_BYTES, failed_attributes, failure_message, to_json, truncate
from data_jobs.request import DEFAULT_TIMEOUT, MAX_WATCH_SECONDS, Request, digest

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.run import Run, WaitingFor

CLOCK_SKEW = 5
"""Seconds that another clock may be behind."""

LONGER_TIMEOUT = "the job goes on; raise the timeout, or use wait_for_completion=False"

MAX_ATTRIBUTES_BYTES = 16_384
"""Room for a job's attributes in a run, which is a state's input."""


def poll_interval(waited: float, *, is_awaited: bool = True) -> int:
    """Returns the seconds until a run polls again, after it has waited for so many.

    Where no deployment awaits the run, a week of polling must stay within the 25,000 events of an execution.
    """
    return int(max(5, min(60 if is_awaited else 600, waited / 10)))


@dataclass(frozen=True)
class Context:
    """The data and clients of one step of a run.

    Attributes:
        run: The run as the last step left it; this step changes it.
        request: The request that the run is for.
        aws: The calls to AWS.
        now: Seconds since 1970.
        execution: The name of the state machine's execution.
        is_retry: Whether the state machine repeats the step: its first attempt crashed, was interrupted or throttled.
    """

    run: Run
    request: Request
    aws: Aws
    now: float
    execution: str
    is_retry: bool = False

    # --- the job ---

    @cached_property
    def definition(self) -> dict[str, Any]:
        """The definition of the job's kind."""
        return definition_of(self.request.kind, self.request.properties)

    @property
    def must_run_once(self) -> bool:
        """Whether a job that cannot be found is not created again."""
        return "lost" in self.definition

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the create call, without the name."""
        parameters = dict(self.request.properties.get("Parameters", {}))
        if self.request.tags and "tags" in self.definition:
            parameters |= tag_list(self.definition["tags"], self.request.tags)
        if not self.request.uploads:
            return parameters
        return with_value(parameters, self.request.uploads["Parameter"], self.batch_folder)

    @property
    def files(self) -> list[dict[str, str]]:
        """The files to copy before the job is created, each `{Source, Target}`."""
        return list(self.request.properties.get("Files", []))

    @property
    def batch_folder(self) -> str:
        """The folder with the copies of the run's uploaded files."""
        return f"{self.request.uploads['Folder']}{digest(self.request.request_id, 16)}/"

    @property
    def job_name(self) -> str:
        """The job's name: the first that is not used up."""
        return self.request.job_name(self.run.get("number", 0), int(self.definition["name"]["max_length"]))

    @property
    def expected_job_id(self) -> str:
        """The id of the request's job, if it is known before the job is created; else empty."""
        if self.request.type == "Delete":
            return self.request.physical_id
        if self.request.awaited_job or "name" not in self.definition:
            return self.request.awaited_job
        return self.aws.job_arn(self.definition, self.job_name)

    def describe_job(self, job_id: str) -> dict[str, Any]:
        """Returns a job as its service describes it.

        Raises:
            CallFailed: `refused` if there is no such job.
        """
        if self.request.is_placeholder_id(job_id):
            raise CallFailed("refused", "the resource never had a job")
        return self.aws.describe_job(self.definition, job_id, self.parameters)

    @property
    def has_job_to_watch(self) -> bool:
        """Whether the run watches the job after its response, because no other run does so."""
        others = self.request.type == "Delete" or self.request.awaited_job or self.run.get("kept")
        return "id" in self.run and not others

    @property
    def has_job_ended(self) -> bool:
        """Whether the job had ended when it was last described."""
        return self.run.get("status") in (*self.definition["succeeded"], *self.definition["failed"])

    @property
    def may_job_be_running(self) -> bool:
        """Whether the job may still read its files."""
        return "id" in self.run and not self.has_job_ended and not self.run.get("gone")

    # --- how long it waits ---

    @property
    def max_wait(self) -> float:
        """Seconds from its start that the run waits: until its response is due, or then until its job is given up."""
        if not self.run.get("answered"):
            return DEFAULT_TIMEOUT if self.run.get("rejects") else self.request.timeout
        return MAX_WATCH_SECONDS if "id" in self.run else self.request.chain_timeout

    @property
    def is_past_deadline(self) -> bool:
        """Whether the run has waited for `max_wait`."""
        return self.now >= self.run["started"] + self.max_wait

    @property
    def poll_interval(self) -> int:
        """Seconds until the run polls again."""
        is_awaited = self.request.is_from_cloudformation and not self.run.get("answered", False)
        return poll_interval(self.now - self.run.get("since", self.run["started"]), is_awaited=is_awaited)

    def should_retry(self, failure: CallFailed) -> bool:
        """Returns whether a call that failed may succeed later; sets `refused_since` in the run."""
        if failure.category == "denied" or (failure.category == "unreachable" and not self.has_job_to_watch):
            self.aws.awaits_access = True
            return self.now - self.run.setdefault("refused_since", self.now) < PROPAGATION_GRACE
        return failure.category in ("busy", "unreachable")

    def should_retry_report(self, failure: CallFailed) -> bool:
        """Returns the same for a step that raises, so that its run keeps no `refused_since`."""
        return failure.category == "busy" or (
            failure.category != "refused" and self.is_outcome_newer_than(PROPAGATION_GRACE)
        )

    def is_outcome_newer_than(self, seconds: float) -> bool:
        """Returns whether the outcome has been known for less than that."""
        return self.now - self.run.get("told", self.run.get("since", self.run["started"])) < seconds

    # --- what comes next ---

    def go_to(self, step: str, seconds: int) -> None:
        """Sets the next step, and the seconds before it."""
        self.run.update({"next": step, "wait": seconds})

    def wait(
        self,
        step: str,
        state: str,
        waiting_for: WaitingFor,
        attributes: dict[str, str] | None = None,
        *,
        seconds: int | None = None,
    ) -> None:
        """Repeats a step later; past the deadline, reports a failure, or success if a waiting resource waits on."""
        run, request = self.run, self.request
        is_answered, max_wait = run.get("answered", False), self.max_wait
        run.update({"state": truncate(state, MAX_MESSAGE_BYTES), "waiting_for": waiting_for})
        if attributes is not None:
            run["attributes"] = self.truncated_attributes(attributes)
        if not self.is_past_deadline:
            return self.go_to(step, self.poll_interval if seconds is None else seconds)
        run["step"] = step
        if run.get("rejects"):
            run.update({"kept": True, "id": request.physical_id})
            return self.report_outcome(succeeded=True)
        known = run.get("attributes")
        is_untagged = run.get("kept") and step == "create"
        if request.chain_timeout and not is_answered and not is_untagged and ("id" in run or self.expected_job_id):
            return self.report_outcome(succeeded=True, attributes=known, ended=bool(request.awaited_job))
        if "id" not in run:
            known = failed_attributes(self.definition, state)
        is_awaited = waiting_for == "job" and request.is_from_cloudformation and not is_answered
        what = f"did not end within {'another ' if request.awaited_job else ''}{max_wait / 60:g} minutes"
        reason = self.failure_message(what, state, LONGER_TIMEOUT if "id" in run and is_awaited else "")
        ended = is_answered or not self.has_job_to_watch
        return self.report_outcome(
            succeeded=False, reason=reason, error="DataJob.TimedOut", attributes=known, ended=ended
        )

    def failure_message(self, what: str, message: str, advice: str = "") -> str:
        """Returns a reason, in which copied files have the names of the local ones."""
        reason = failure_message(self.definition, what, message, self.run.get("id", ""), self.parameters, advice=advice)
        for file in self.files:
            reason = reason.replace(file["Target"], file["Target"].rpartition("/")[2])
        return reason

    def report_outcome(
        self,
        *,
        succeeded: bool,
        reason: str = "",
        error: str = "",
        attributes: dict[str, str] | None = None,
        ended: bool = True,
    ) -> None:
        """Sets the outcome, and `report` as the next step; unless it has `ended`, the job is watched after that."""
        self.run["outcome"] = {
            "succeeded": succeeded,
            "reason": reason,
            "error": error,
            "attributes": self.truncated_attributes(attributes),
        }
        self.run.update({"ended": ended, "told": self.now})
        self.run.pop("refused_since", None)  # the report gets the whole grace
        self.run.setdefault("step", "check")
        self.go_to("report", 0)

    def truncated_attributes(self, attributes: dict[str, str] | None) -> dict[str, str]:
        """Returns all attributes of a job, truncated to the room in a run and a response."""
        truncated: dict[str, str] = {}
        room = MAX_ATTRIBUTES_BYTES
        for name in {} if self.request.type == "Delete" else self.definition["attributes"]:
            truncated[name] = truncate((attributes or {}).get(name, ""), min(MAX_RESPONSE_BYTES, room))
            room -= len(to_json(truncated[name]))
        return truncated

    def log(self, event: str, **fields: object) -> None:
        """Logs an event of this run."""
        log(event, **{"execution": self.execution, "job": self.run.get("id"), **fields})
