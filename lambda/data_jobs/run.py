"""The steps of a run: create the job, check it, report its end.

A run is the JSON object that the state machine hands from step to step:

    request     the request that it answers
    started     when the request came, in seconds since 1970
    attempts    how often the creation was tried
    forward     the stack was seen going forward, so that this run may have moved data
    number      how many job names were found in use
    copied      how many files were copied for the job; they go when it has ended
    turn        since when it is the run's turn to create its job
    gathered    how many files were gathered for the job; they go when it has ended
    lost        the first file that could not be gathered
    id          the job's ARN or id, once it is known
    since       since when the job is looked at; before that, `started`
    status      the job's status, when it was last looked at
    attributes  the job's attributes, when it was last looked at
    waiting_for what it waits for: quota, service, permissions, files, turn, or the job
    state       the same in words
    kept        an Update that moves no data: only the job's attributes are asked for
    idle        it ends without having wanted to move data
    outcome     {succeeded, reason, error, attributes}: what there is to tell
    ended       nothing goes on any more
    answered    who asked has an answer
    reason      why the run failed, for the execution's own status
    step        the step that goes on after a report before the end
    next, wait  the step to take next, and the seconds to wait before it
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jmespath

from data_jobs import arrivals, deletion
from data_jobs.announcements import announce
from data_jobs.answers import answer
from data_jobs.attributes import text
from data_jobs.aws import PATIENCE, CallFailed, definition_of
from data_jobs.cloudformation import ANSWER_BYTES, cut
from data_jobs.creation import candidate, create_or_adopt, remove_copies
from data_jobs.decisions import crash_words, explained, is_going_back, pause, tags_of
from data_jobs.log import log
from data_jobs.obstacles import has_nothing_to_create, may_create
from data_jobs.request import WATCHED, Request, with_value

if TYPE_CHECKING:
    from data_jobs.aws import Aws


@dataclass(frozen=True)
class Step:
    """One step of a run: what it knows, and what it may call.

    Attributes:
        run: The run as the last step left it; this step changes it.
        aws: The calls.
        now: Seconds since 1970.
        execution: The name of the state machine's execution.
    """

    run: dict[str, Any]
    aws: Aws
    now: float
    execution: str

    @cached_property
    def request(self) -> Request:
        """The request that the run answers."""
        return Request.from_event(self.run["request"])

    @cached_property
    def definition(self) -> dict[str, Any]:
        """How this kind of job is created and watched."""
        return definition_of(self.request.kind, self.request.properties)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the create call, less the name."""
        parameters = dict(self.request.properties.get("Parameters", {}))
        if not self.request.arrivals:
            return parameters
        return with_value(parameters, self.request.arrivals["Parameter"], arrivals.folder(self))

    @property
    def files(self) -> list[dict[str, str]]:
        """The files that the job reads and that must first be copied, each `{Source, Target}`."""
        return list(self.request.properties.get("Files", []))

    def check_definition(self) -> None:
        """Make sure that a crash of this run can be reported, whatever its definition says.

        Raises:
            ValueError: If it cannot be.
        """
        try:
            self.tell(succeeded=False)
            text(self.job_to_be)
        except (AttributeError, LookupError, TypeError) as error:
            raise ValueError(f"the job's definition makes no sense: {type(error).__name__}: {error}") from error

    # --- the three steps ---

    def create(self) -> None:
        """Create the job that the request asks for, if it asks for one."""
        self.run.setdefault("since", self.run["started"])
        self.run["attempts"] = self.run.get("attempts", 0) + 1
        if self.request.type == "Delete":
            self.run["id"] = self.request.physical_id
            return self.then("check", 0)
        try:
            if has_nothing_to_create(self) or not may_create(self):
                return None
            self.run["id"] = self.request.awaited_job or create_or_adopt(self)
        except CallFailed as failure:
            return self.after(failure, "create")
        self.run.update(since=self.now, state="it is created", waiting_for="job")
        return self.then("check", pause(0) if self.request.waits and not self.request.awaited_job else 0)

    def check(self) -> None:
        """See how far the job is: wait on, or tell."""
        if self.request.type == "Delete":
            return deletion.drain(self)
        kept = self.run.get("kept", False)
        try:
            job = self.aws.describe(self.definition, self.run["id"], self.parameters)
        except CallFailed as failure:
            if kept and not self.may_pass(failure):
                self.log("kept job not found", reason=failure.words)
                return self.tell(succeeded=True)
            return self.after(failure, "check")
        status = self.run["status"] = str(jmespath.search(self.definition["status"], job))
        attributes = {name: text(jmespath.search(path, job)) for name, path in self.definition["attributes"].items()}
        self.log("job checked", status=status, seconds=round(self.now - self.run["since"]))
        if kept:
            return self.tell(succeeded=True, attributes=attributes)
        if status in (*self.definition["succeeded"], *self.definition["failed"]):
            what = self.what_failed(status, job)
            if not what:
                return self.tell(succeeded=True, attributes=attributes)
            words = text(jmespath.search(self.definition["reason"], job)) or f"the job ended as {status}"
            reason = explained(self.definition, what, self.run.get("lost", words), self.run["id"])
            return self.tell(succeeded=False, reason=reason, error="DataJob.Failed", attributes=attributes)
        if not self.request.waits and not self.run.get("answered"):
            return self.tell(succeeded=True, attributes=attributes, ended=False)
        return self.wait("check", f"it is {status} and goes on", "job", attributes)

    def report(self) -> None:
        """Answer who asked; then go on watching a job that has not ended, or clean up and announce the end."""
        crash = self.run.pop("crash", None)
        if crash:
            self.log("step crashed", error=crash.get("Error"), cause=crash.get("Cause"))
            # The job goes on whatever happened to the step.
            lost = self.request.type == "Delete" or "id" not in self.run or self.now > self.run["started"] + WATCHED
            reason = f"the run crashed: {crash_words(crash)}; its log tells more"
            self.tell(succeeded=False, reason=reason, error="DataJob.Crashed", ended=lost)
        deletes = self.request.type == "Delete"
        if not self.run.get("answered"):
            if deletes:
                # Once it is answered, CloudFormation goes on, and deletes the policy that cleaning up needs.
                self.clean_up()
            answer(self, self.run["outcome"])
            if self.request.publishes and self.run["ended"]:
                # In a step of its own: an event that cannot be sent must not lead to a second answer.
                return self.then("report", 0)
        if not self.run["ended"]:
            return self.then(self.run["step"], pause(self.now - self.run["since"], patient=True))
        if not deletes:
            self.clean_up()
        if not (self.run.get("idle") or self.run.get("kept") or self.request.awaited_job or deletes):
            announce(self)
        outcome = self.run["outcome"]
        self.run["reason"] = outcome["reason"]
        return self.then("succeed" if outcome["succeeded"] else "fail", 0)

    # --- their parts ---

    def what_failed(self, status: str, job: dict[str, Any]) -> str:
        """What a job that has ended did wrong: it failed, or more of its entries did than may; else nothing."""
        if status in self.definition["failed"]:
            return "failed"
        failures = int(jmespath.search(self.definition.get("failures", "`0`"), job) or 0)
        if failures > self.request.max_failures:
            return f"succeeded with {failures} failed entries where {self.request.max_failures} are accepted"
        return "succeeded without a file that could not be read" if "lost" in self.run else ""

    def runs(self, logical_id: str = "", *, of_deployment: bool | None = True) -> dict[str, float]:
        """The runs under way of this resource, or of another one of its stack, and when each began.

        Args:
            logical_id: The other resource.
            of_deployment: Whether those count that a deployment started, or the others; if none, all do.
        """
        prefix = self.request.executions(logical_id)
        runs = self.aws.runs(self.request.state_machine_arn, prefix, statusFilter="RUNNING")
        if of_deployment is None:
            return runs
        return {name: began for name, began in runs.items() if name.startswith(f"{prefix}run-") != of_deployment}

    def other_runs(self, logical_id: str = "") -> list[str]:
        """The other runs under way that may create a job for this resource, or for another one of its stack."""
        prefix = self.request.executions(logical_id)
        runs = self.runs(logical_id, of_deployment=None)
        return [name for name in runs if name != self.execution and not name.startswith(f"{prefix}delete-")]

    @property
    def job_to_be(self) -> str:
        """The id of the job that the request is about, as far as it is known before the job is."""
        if self.request.type == "Delete" or self.request.awaited_job or "name" not in self.definition:
            return self.request.awaited_job
        return self.aws.arn_of(self.definition, candidate(self))

    def clean_up(self) -> None:
        """Delete the copies that the job read, unless another run of the same resource reads them too."""
        if self.request.arrivals:
            arrivals.remove(self)
        if not self.run.get("copied"):
            return
        try:
            others = self.other_runs()
        except CallFailed as failure:
            others = [failure.words]
        if others:
            self.log("copies left", because=others)
        else:
            remove_copies(self)

    def after(self, failure: CallFailed, step: str) -> None:
        """Decide after a call that failed: wait if that may help, else tell."""
        self.log("call failed", step=step, kind=failure.kind, reason=failure.words)
        known = {self.definition["status"]: self.definition["failed"][0], self.definition["reason"]: failure.words}
        attributes = {name: known.get(path, "") for name, path in self.definition["attributes"].items()}
        lost = step == "check" and failure.kind == "refused"
        if self.may_pass(failure) or (lost and self.may_appear()):
            return self.wait(step, failure.words, self.waits_for(failure), attributes)
        verb = ("updated" if self.run.get("kept") else "created") if step == "create" else "described"
        what = f"could not be {verb}"
        if lost and self.request.awaited_job:
            what = "was never created, for a reason that the function's log tells"
        reason = explained(self.definition, what, failure.words, self.run.get("id", ""))
        return self.tell(succeeded=False, reason=reason, error="DataJob.NotCreated", attributes=attributes)

    def waits_for(self, failure: CallFailed) -> str:
        """What must come for a call that failed to succeed."""
        if failure.kind == "busy":
            return "quota" if failure.words.partition(":")[0] in self.definition.get("busy", ()) else "service"
        return "permissions" if failure.kind == "denied" else "job"

    def may_pass(self, failure: CallFailed) -> bool:
        """Whether a call that failed may succeed later."""
        fresh = self.now - self.run["since"] < PATIENCE
        return failure.kind == "busy" or (failure.kind == "denied" and fresh)

    def may_appear(self) -> bool:
        """Whether a job that is not there may be soon: it was just made, or the run that is to make it goes on."""
        if self.now - self.run["since"] < PATIENCE:
            return True
        creator = self.request.properties.get("Creator", "")
        try:
            return bool(creator and self.other_runs(creator))
        except CallFailed as failure:
            return self.may_pass(failure)

    @property
    def deadline(self) -> float:
        """Until when CloudFormation is kept waiting, in seconds since 1970."""
        return float(self.run["started"]) + self.request.timeout

    # --- what comes next ---

    def wait(
        self,
        step: str,
        state: str,
        waiting_for: str,
        attributes: dict[str, str] | None = None,
        *,
        seconds: int | None = None,
    ) -> None:
        """Take the step again later; or, at the deadline, tell that, or leave the waiting to the next resource."""
        answered = self.run.get("answered", False)
        self.run.update(state=state, waiting_for=waiting_for, attributes=self.shortened(attributes))
        patience = self.request.timeout
        if answered:
            patience = WATCHED if "id" in self.run else self.request.relay
        if self.now < self.run["started"] + patience:
            patient = answered or not self.request.is_of_deployment
            looked = pause(self.now - self.run["since"], patient=patient)
            return self.then(step, looked if seconds is None else seconds)
        self.run["step"] = step
        if self.request.relay and not answered and ("id" in self.run or self.job_to_be):
            # The run that created the job watches on; one that only waits has nothing left to do.
            return self.tell(succeeded=True, attributes=attributes, ended=bool(self.request.awaited_job))
        what = f"did not end within {'another ' if self.request.awaited_job else ''}{patience / 60:g} minutes"
        reason = explained(self.definition, what, state, self.run.get("id", ""))
        ended = answered or "id" not in self.run
        return self.tell(succeeded=False, reason=reason, error="DataJob.TimedOut", attributes=attributes, ended=ended)

    def keep(self) -> None:
        """Let the resource keep its job, with the tags that it has now: the job's attributes are asked for.

        Raises:
            CallFailed: If the tags could not be changed.
        """
        self.run.update(kept=True, id=self.request.physical_id)
        if "tags" in self.definition and self.request.runs:
            old = tags_of(self.definition, self.request.old_properties)
            new = tags_of(self.definition, self.request.properties)
            try:
                self.aws.tag(self.definition, self.request.physical_id, old, new)
            except CallFailed as failure:
                # Without tags the function has lost the permission to change them; and no rollback fails for tags.
                lost_permission = failure.kind == "denied" and not new
                if not lost_permission and not is_going_back(self.aws.stack_status(self.request.stack_id)):
                    raise
                self.log("tags left as they are", reason=failure.words)
        self.then("check", 0)

    def tell(
        self,
        *,
        succeeded: bool,
        reason: str = "",
        error: str = "",
        attributes: dict[str, str] | None = None,
        ended: bool = True,
    ) -> None:
        """Report what there is to tell. Every attribute is told, for a template may read it."""
        self.run["outcome"] = {
            "succeeded": succeeded,
            "reason": reason,
            "error": error,
            "attributes": self.shortened(attributes),
        }
        self.run["ended"] = ended
        self.run.setdefault("step", "check")
        self.then("report", 0)

    def shortened(self, attributes: dict[str, str] | None) -> dict[str, str]:
        """A job's attributes, with as much of each as has room in an answer."""
        names = {} if self.request.type == "Delete" else self.definition["attributes"]
        return {name: cut((attributes or {}).get(name, ""), ANSWER_BYTES) for name in names}

    def then(self, step: str, wait: int) -> None:
        """Take this step, after so many seconds."""
        self.run.update(next=step, wait=wait)

    def log(self, event: str, **fields: object) -> None:
        """Write an event of this run."""
        log(event, **{"execution": self.execution, "job": self.run.get("id"), **fields})
