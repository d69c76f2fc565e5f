"""Holds what one step of a run knows and may call, and sets what comes next."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data_jobs.aws import Aws
from data_jobs.cloudformation import MAX_ANSWER_BYTES
from data_jobs.conversion import tag_list
from data_jobs.definitions import definition_of
from data_jobs.errors import PROPAGATION_GRACE, CallFailed
from data_jobs.log import log
from data_jobs.matching import with_value
from data_jobs.messages import MAX_MESSAGE_BYTES, failed_attributes, failure_message, to_json, truncate
from data_jobs.request import DEFAULT_TIMEOUT, MAX_WATCH_SECONDS, Request, digest
from data_jobs.run import Run, WaitingFor

CLOCK_SKEW = 5
"""Seconds that the clock of another function or service may be behind."""

MAX_ATTRIBUTES_BYTES = 16_384
"""Room for a job's attributes in a run, which is a state's input: an answer holds 4096 bytes of them in all."""


def poll_interval(waited: float, *, is_awaited: bool = True) -> int:
    """Returns the seconds until a run looks again: a quick failure is reported quickly, a long job costs little.

    Where no deployment waits, a week of looks must stay within the 25,000 events of an execution's history.
    """
    return int(max(5, min(60 if is_awaited else 600, waited / 10)))


@dataclass(frozen=True)
class Context:
    """What one step of a run knows, and what it may call.

    Attributes:
        run: The run as the last step left it; this step changes it.
        request: The request that the run answers.
        aws: The calls.
        now: Seconds since 1970.
        execution: The name of the state machine's execution.
        is_retry: Whether the state machine takes the step again: it is unknown what became of it, or it was throttled.
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
        """How this kind of job is created and watched."""
        return definition_of(self.request.kind, self.request.properties)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the create call, less the name."""
        parameters = dict(self.request.properties.get("Parameters", {}))
        if self.request.tags and "tags" in self.definition:
            parameters |= tag_list(self.definition["tags"], self.request.tags)
        if not self.request.uploads:
            return parameters
        return with_value(parameters, self.request.uploads["Parameter"], self.batch_folder)

    @property
    def files(self) -> list[dict[str, str]]:
        """The files that the job reads and that must first be copied, each `{Source, Target}`."""
        return list(self.request.properties.get("Files", []))

    @property
    def batch_folder(self) -> str:
        """The folder with the copies of the uploads that a run takes."""
        return f"{self.request.uploads['Folder']}{digest(self.request.request_id, 16)}/"

    @property
    def job_name(self) -> str:
        """The first name for the job that is not used up."""
        return self.request.job_name(self.run.get("number", 0), int(self.definition["name"]["max_length"]))

    @property
    def expected_job_id(self) -> str:
        """The id of the job that the request is about, as far as it is known before the job is."""
        if self.request.type == "Delete":
            return self.request.physical_id
        if self.request.awaited_job or "name" not in self.definition:
            return self.request.awaited_job
        return self.aws.job_arn(self.definition, self.job_name)

    def describe_job(self, job_id: str) -> dict[str, Any]:
        """Returns a job that the resource has or had, as its service describes it.

        Raises:
            CallFailed: `refused` if there is no such job.
        """
        if self.request.is_placeholder_id(job_id):
            raise CallFailed("refused", "the resource never had a job")
        return self.aws.describe_job(self.definition, job_id, self.parameters)

    @property
    def has_job_to_watch(self) -> bool:
        """Whether the job must be watched once the request is answered: no other run does so."""
        others = self.request.type == "Delete" or self.request.awaited_job or self.run.get("kept")
        return "id" in self.run and not others

    @property
    def has_job_ended(self) -> bool:
        """Whether the job had ended when it was last described."""
        return self.run.get("status") in (*self.definition["succeeded"], *self.definition["failed"])

    @property
    def may_job_be_running(self) -> bool:
        """Whether the job may still read its files, because it is running, or could not be described any more."""
        return "id" in self.run and not self.has_job_ended and not self.run.get("gone")

    # --- how long it waits ---

    @property
    def max_wait(self) -> float:
        """Seconds from its start that the run waits: as long as somebody waits for it, or as a job is watched."""
        if not self.run.get("answered"):
            return DEFAULT_TIMEOUT if self.run.get("rejects") else self.request.timeout
        return MAX_WATCH_SECONDS if "id" in self.run else self.request.chain_timeout

    @property
    def is_past_deadline(self) -> bool:
        """Whether the run waits no longer."""
        return self.now >= self.run["started"] + self.max_wait

    @property
    def poll_interval(self) -> int:
        """Seconds until the run looks again."""
        is_awaited = self.request.is_from_cloudformation and not self.run.get("answered", False)
        return poll_interval(self.now - self.run.get("since", self.run["started"]), is_awaited=is_awaited)

    def should_retry(self, failure: CallFailed) -> bool:
        """Returns whether a call that failed may succeed later; notes since when calls are denied, which has an end."""
        if failure.category == "denied" or (failure.category == "unreachable" and not self.has_job_to_watch):
            self.aws.awaits_access = True
            return self.now - self.run.setdefault("refused_since", self.now) < PROPAGATION_GRACE
        return failure.category in ("busy", "unreachable")

    def should_retry_report(self, failure: CallFailed) -> bool:
        """Returns the same once the outcome is known, for a step that keeps nothing of how long it has tried."""
        return failure.category == "busy" or (
            failure.category != "refused" and self.is_outcome_newer_than(PROPAGATION_GRACE)
        )

    def is_outcome_newer_than(self, seconds: float) -> bool:
        """Returns whether the outcome has been known for less than so many seconds."""
        return self.now - self.run.get("told", self.run.get("since", self.run["started"])) < seconds

    # --- what comes next ---

    def go_to(self, step: str, seconds: int) -> None:
        """Takes a step next, after so many seconds."""
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
        """Takes the step `create` or `check` again later; at the deadline, fails or lets a waiting resource wait on.

        Args:
            step: The step.
            state: What the run waits for, as a message.
            waiting_for: What kind of thing that is.
            attributes: The job's attributes, if they were read.
            seconds: How long it waits; by default the usual interval.
        """
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
        what = f"did not end within {'another ' if request.awaited_job else ''}{max_wait / 60:g} minutes"
        reason = failure_message(self.definition, what, state, run.get("id", ""))
        ended = is_answered or not self.has_job_to_watch
        return self.report_outcome(
            succeeded=False, reason=reason, error="DataJob.TimedOut", attributes=known, ended=ended
        )

    def report_outcome(
        self,
        *,
        succeeded: bool,
        reason: str = "",
        error: str = "",
        attributes: dict[str, str] | None = None,
        ended: bool = True,
    ) -> None:
        """Sets the outcome (see `Outcome`), and takes the step `report` next.

        Unless it has `ended`, the run goes on watching the job after that.
        """
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
        """Returns all attributes of a job, with as much of each value as has room in a run and an answer."""
        truncated: dict[str, str] = {}
        room = MAX_ATTRIBUTES_BYTES
        for name in {} if self.request.type == "Delete" else self.definition["attributes"]:
            truncated[name] = truncate((attributes or {}).get(name, ""), min(MAX_ANSWER_BYTES, room))
            room -= len(to_json(truncated[name]))
        return truncated

    def log(self, event: str, **fields: object) -> None:
        """Writes an event of this run to the function's log."""
        log(event, **{"execution": self.execution, "job": self.run.get("id"), **fields})
