"""The steps of a run: create the job, check it, report its end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jmespath

from data_jobs import arrivals, batches, cleanup, creation, deletion, failures, keeping
from data_jobs.announcements import announce
from data_jobs.answers import answer
from data_jobs.attributes import tag_list, text
from data_jobs.aws import PATIENCE, WORDS_BYTES, CallFailed
from data_jobs.cloudformation import ANSWER_BYTES, cut, encode
from data_jobs.creation import candidate, create_or_adopt
from data_jobs.decisions import crash_words, explained, is_going_back, never_created, pause
from data_jobs.definitions import definition_of
from data_jobs.log import log
from data_jobs.obstacles import End, Keep, obstacle
from data_jobs.request import DEFAULT_TIMEOUT, WATCHED, Request, with_value

if TYPE_CHECKING:
    from data_jobs.aws import Aws
    from data_jobs.obstacles import Wait
    from data_jobs.run import WAITS_FOR, Run


CRASHES = 3
"""Crashes in a row, each of seven attempts, after which a job is given up that can never be looked at."""

STATUS_BYTES = 1024
"""Room for a job's status in a run."""

ATTRIBUTES_BYTES = 16_384
"""Room for a job's attributes in a run, which is a state's input: an answer holds 4096 bytes of them in all."""


@dataclass(frozen=True)
class Step:
    """One step of a run: what it knows, and what it may call.

    Attributes:
        run: The run as the last step left it; this step changes it.
        aws: The calls.
        now: Seconds since 1970.
        execution: The name of the state machine's execution.
        is_retry: Whether the state machine takes the step again: nobody knows what became of it, or it was throttled.
    """

    run: Run
    aws: Aws
    now: float
    execution: str
    is_retry: bool = False

    @cached_property
    def request(self) -> Request:
        """The request that the run answers."""
        return Request.from_event(self.run["request"])

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
        if not self.request.arrivals:
            return parameters
        return with_value(parameters, self.request.arrivals["Parameter"], arrivals.folder(self))

    @property
    def files(self) -> list[dict[str, str]]:
        """The files that the job reads and that must first be copied, each `{Source, Target}`."""
        return list(self.request.properties.get("Files", []))

    # --- the three steps ---

    def create(self) -> None:
        """Create the job that the request asks for, if it asks for one."""
        self.run.setdefault("since", self.run["started"])
        self.run["attempts"] = self.run.get("attempts", 0) + 1
        if self.request.type == "Delete":
            self.run["id"] = self.request.physical_id
            return self.then("check", 0)
        try:
            if instead := obstacle(self):
                return self.do(instead)
            self.run["id"] = self.request.awaited_job or create_or_adopt(self)
        except CallFailed as failure:
            return failures.after(self, failure, "create")
        self.run.update({"since": self.now, "state": "it is created", "waiting_for": "job"})
        if self.request.awaited_job:
            return self.check()  # of a long chain each round trip counts
        return self.then("check", pause(0) if self.request.waits else 0)

    def check(self) -> None:
        """See how far the job is: wait on, or tell."""
        if self.run.get("cleaning"):
            self.aws.was_refused = True  # or the clean-up would never know since when
            return self.then("report", 0)
        if self.request.type == "Delete":
            return deletion.drain(self)
        try:
            job = self.describe(self.run["id"])
        except CallFailed as failure:
            return self.cannot_look(failure)
        status = self.run["status"] = cut(str(jmespath.search(self.definition["status"], job)), STATUS_BYTES)
        attributes = {name: text(jmespath.search(path, job)) for name, path in self.definition["attributes"].items()}
        self.log("job checked", status=status, seconds=round(self.now - self.run["since"]))
        self.run.pop("crashes", None)
        problem = self.what_failed(status, job) if self.has_ended else None
        if self.has_ended and not problem:
            return self.tell(succeeded=True, attributes=attributes)
        if self.run.get("kept") and not self.run.get("must_succeed"):
            return self.accept_or_judge(attributes)
        if problem:
            return self.tell_failure(status, *problem, attributes)
        if not self.request.waits and not self.run.get("answered"):
            return self.tell(succeeded=True, attributes=attributes, ended=False)
        return self.wait("check", f"it is {status} and goes on", "job", attributes)

    def report(self) -> None:
        """Answer who asked; then go on watching a job that has not ended, or clean up and announce the end."""
        crash = self.run.pop("crash", None)
        if crash and not self.run.get("cleaning"):
            self.log("step crashed", error=crash.get("Error"), cause=crash.get("Cause"))
            self.run["crashes"] = self.run.get("crashes", 0) + 1
            # The job goes on whatever happened to the step.
            hopeless = self.run["crashes"] > CRASHES or self.now > self.run["started"] + WATCHED
            reason = f"the run crashed: {cut(crash_words(crash), WORDS_BYTES)}; its log tells more"
            # No rollback fails because it could not look at what it takes back or keeps.
            is_back = self.run.get("rejects", False) or self.is_of_rollback()
            if is_back or self.request.keeps_job(self.definition["not_identity"]):
                self.run.update({"kept": True, "id": self.request.physical_id or self.request.awaited_job})
            ended = hopeless or not self.has_job_to_watch
            # In a step of its own: if the answer is sent again, it must be the same, whatever the stack does then.
            return self.tell(succeeded=is_back, reason=reason, error="DataJob.Crashed", ended=ended)
        deletes = self.request.type == "Delete"
        if not self.run.get("answered"):
            # Once it is answered, CloudFormation goes on, and deletes the policy that cleaning up needs.
            if deletes and not self.clean_up():
                return None
            answer(self, self.run["outcome"])
            if self.request.publishes and self.run["ended"]:
                # In a step of its own: an event that cannot be sent must not lead to a second answer.
                return self.then("report", 0)
        if not self.run["ended"]:
            return self.then(self.run["step"], pause(self.now - self.run["since"], patient=True))
        if batches.must_judge(self):
            # In a step of its own: what is given up must be known before it is forgotten.
            batches.judge(self)
            return self.then("report", 0)
        batches.settle(self)
        if not deletes and not self.goes_on_unseen and not self.clean_up():
            return None
        if not (self.run.get("idle") or self.run.get("kept") or self.request.awaited_job or deletes):
            announce(self)
        outcome = self.run["outcome"]
        self.run["reason"] = outcome["reason"]
        return self.then("succeed" if outcome["succeeded"] else "fail", 0)

    # --- their parts ---

    def describe(self, job_id: str) -> dict[str, Any]:
        """Describe a job that the resource has or had.

        Raises:
            CallFailed: `refused` if there is no such job.
        """
        if self.request.is_placeholder(job_id):
            raise CallFailed("refused", "the resource never had a job")
        return self.aws.describe(self.definition, job_id, self.parameters)

    def clean_up(self) -> bool:
        """Delete what the run leaves behind; false if that must be tried again, for which the next step is set."""
        seconds = cleanup.clean_up(self)
        if seconds is None:
            return True
        self.run["cleaning"] = True
        self.then("check", seconds)  # a state machine waits only before `check`, which goes on with the report then
        return False

    def what_failed(self, status: str, job: dict[str, Any]) -> tuple[str, str] | None:
        """What a job that has ended did wrong, and in whose words: it failed, or did not do all that it should."""
        words = text(jmespath.search(self.definition["reason"], job)) or f"the job ended as {status}"
        if status in self.definition["failed"]:
            return "failed", words
        count = int(jmespath.search(self.definition.get("failures", "`0`"), job) or 0)
        if count > self.request.max_failures:
            return f"succeeded with {count} failed entries where {self.request.max_failures} are accepted", words
        return ("succeeded without a file that could not be read", self.run["lost"]) if "lost" in self.run else None

    def cannot_look(self, failure: CallFailed) -> None:
        """Look again later; or tell. A kept job that its service forgot, or never made, is judged as others are."""
        self.run["gone"] = bool(self.run.get("kept")) and failure.means == "refused"
        must_be_seen = not self.run.get("kept") or self.run.get("must_succeed")
        if must_be_seen or (self.may_pass(failure) and not self.is_over):
            return failures.after(self, failure, "check")
        if self.run["gone"]:
            self.log("kept job not found", reason=failure.words)
        else:
            self.log("call failed", step="check", kind=failure.means, reason=failure.words)
        return self.accept_or_judge(None)

    def accept_or_judge(self, attributes: dict[str, str] | None) -> None:
        """Accept a kept job that is not known to have succeeded; or let it be looked at again as a new one is."""
        try:
            self.run["must_succeed"] = keeping.must_succeed(self)
        except CallFailed as failure:
            seconds = failures.seconds_after(self, failure)
            return self.wait("check", failure.words, "service", attributes, seconds=seconds)
        if self.run["must_succeed"]:
            self.run["copied"] = len(self.files)  # the run that copied them leaves them to this one
            return self.then("check", 0)
        return self.tell(succeeded=True, attributes=attributes)

    def tell_failure(self, status: str, what: str, words: str, attributes: dict[str, str]) -> None:
        """Tell that the job has failed; or let it be made again, if a permission that it needs may be new.

        Args:
            status: The job's status.
            what: What it did wrong.
            words: Its service's words.
            attributes: Its attributes.
        """
        self.run["data_suspected"] = status in self.definition["failed"] and not self.is_of_permissions(words)
        if self.may_be_a_new_permission(words):
            self.log("job failed for a permission that may be new", reason=words)
            return creation.retry_with_next_name(self, words)
        reason = explained(self.definition, what, words, self.run["id"])
        if self.run.get("kept"):
            reason += f" {keeping.KEPT_HINT}"
        return self.tell(succeeded=False, reason=reason, error="DataJob.Failed", attributes=attributes)

    @property
    def job_to_be(self) -> str:
        """The id of the job that the request is about, as far as it is known before the job is."""
        if self.request.type == "Delete":
            return self.request.physical_id
        if self.request.awaited_job or "name" not in self.definition:
            return self.request.awaited_job
        return self.aws.arn_of(self.definition, candidate(self))

    def do(self, instead: Keep | Wait | End) -> None:
        """Do what happens instead of the job's creation.

        Raises:
            CallFailed: If the tags of the job that is kept could not be changed.
        """
        if isinstance(instead, Keep):
            return keeping.keep(self)
        if isinstance(instead, End):
            self.run["idle"] = instead.idle
            error = "" if instead.succeeded else "DataJob.NotCreated"
            return self.tell(succeeded=instead.succeeded, reason=instead.reason, error=error)
        return self.wait("create", instead.state, instead.waiting_for, seconds=instead.seconds)

    def may_pass(self, failure: CallFailed) -> bool:
        """Whether a call that failed may succeed later."""
        if failure.means == "denied" or (failure.means == "unreachable" and not self.has_job_to_watch):
            self.aws.was_refused = True
            return self.now - self.run.setdefault("refused_since", self.now) < PATIENCE
        return failure.means in ("busy", "unreachable")

    def may_pass_soon(self, failure: CallFailed) -> bool:
        """The same once there is something to tell, for a step that keeps nothing of how long it has tried."""
        return failure.means == "busy" or (failure.means != "refused" and self.is_recent(PATIENCE))

    def is_recent(self, seconds: float) -> bool:
        """Whether what there is to tell has been there for less than so many seconds."""
        return self.now - self.run.get("told", self.run.get("since", self.run["started"])) < seconds

    def is_of_permissions(self, words: str) -> bool:
        """Whether a service's words say that a permission is missing."""
        return any(text in words for text in self.definition.get("denied", ()))

    def may_be_a_new_permission(self, words: str) -> bool:
        """Whether a job that failed may succeed if it is made again: its role may not have been known everywhere."""
        was_new = self.run["since"] - self.run["started"] < PATIENCE and not self.run.get("answered")
        own = self.request.is_of_deployment and not self.request.awaited_job and not self.run.get("kept")
        return own and was_new and self.is_of_permissions(words)

    @property
    def has_job_to_watch(self) -> bool:
        """Whether there is something to look at once the request is answered: no other run watches the job."""
        others = self.request.type == "Delete" or self.request.awaited_job or self.run.get("kept")
        return "id" in self.run and not others

    @property
    def has_ended(self) -> bool:
        """Whether the job had ended when it was last looked at."""
        return self.run.get("status") in (*self.definition["succeeded"], *self.definition["failed"])

    @property
    def goes_on_unseen(self) -> bool:
        """Whether the job may still read its files, because it could not be looked at any more, or goes on."""
        return "id" in self.run and not self.has_ended and not self.run.get("gone")

    def is_of_rollback(self) -> bool:
        """Whether this is the Update of a rollback.

        Raises:
            CallFailed: `busy` if the stack cannot be asked now.
        """
        if self.request.type != "Update" or self.run.get("forward") or self.run.get("answered"):
            return False
        try:
            return is_going_back(self.aws.stack_status(self.request.stack_id))
        except CallFailed as failure:
            if failure.means == "busy":
                raise
            return False

    @property
    def patience(self) -> float:
        """Seconds from its start that the run waits: as long as somebody waits for it, or as a job is watched."""
        if not self.run.get("answered"):
            return DEFAULT_TIMEOUT if self.run.get("rejects") else self.request.timeout
        return WATCHED if "id" in self.run else self.request.relay

    @property
    def is_over(self) -> bool:
        """Whether the run waits no longer."""
        return self.now >= self.run["started"] + self.patience

    @property
    def pause(self) -> int:
        """Seconds until the run looks again."""
        keeps_nobody_waiting = self.run.get("answered", False) or not self.request.is_of_deployment
        return pause(self.now - self.run.get("since", self.run["started"]), patient=keeps_nobody_waiting)

    # --- what comes next ---

    def wait(
        self,
        step: str,
        state: str,
        waiting_for: WAITS_FOR,
        attributes: dict[str, str] | None = None,
        *,
        seconds: int | None = None,
    ) -> None:
        """Take the step again later; or, at the deadline, tell that, or leave the waiting to the next resource."""
        answered, patience = self.run.get("answered", False), self.patience
        self.run.update({"state": cut(state, WORDS_BYTES), "waiting_for": waiting_for})
        if attributes is not None:
            self.run["attributes"] = self.shortened(attributes)
        if not self.is_over:
            return self.then(step, self.pause if seconds is None else seconds)
        self.run["step"] = step
        if self.run.get("rejects"):
            self.run.update({"kept": True, "id": self.request.physical_id})
            return self.tell(succeeded=True)
        known = self.run.get("attributes")
        untagged = self.run.get("kept") and step == "create"
        if self.request.relay and not answered and not untagged and ("id" in self.run or self.job_to_be):
            return self.tell(succeeded=True, attributes=known, ended=bool(self.request.awaited_job))
        if "id" not in self.run:
            known = never_created(self.definition, state)
        what = f"did not end within {'another ' if self.request.awaited_job else ''}{patience / 60:g} minutes"
        reason = explained(self.definition, what, state, self.run.get("id", ""))
        ended = answered or not self.has_job_to_watch
        return self.tell(succeeded=False, reason=reason, error="DataJob.TimedOut", attributes=known, ended=ended)

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
        self.run.update({"ended": ended, "told": self.now})
        self.run.pop("refused_since", None)  # what comes now has a patience of its own
        self.run.setdefault("step", "check")
        self.then("report", 0)

    def shortened(self, attributes: dict[str, str] | None) -> dict[str, str]:
        """A job's attributes, with as much of each as has room in an answer."""
        told: dict[str, str] = {}
        room = ATTRIBUTES_BYTES
        for name in {} if self.request.type == "Delete" else self.definition["attributes"]:
            told[name] = cut((attributes or {}).get(name, ""), min(ANSWER_BYTES, room))
            room -= len(encode(told[name]))
        return told

    def then(self, step: str, wait: int) -> None:
        """Take this step, after so many seconds."""
        self.run.update({"next": step, "wait": wait})

    def log(self, event: str, **fields: object) -> None:
        """Write an event of this run."""
        log(event, **{"execution": self.execution, "job": self.run.get("id"), **fields})
