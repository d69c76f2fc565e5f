"""Step Functions in virtual time: as much of it as the library's state machine and its function use."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scale.functions import Throttled

from cdk_data_jobs_local.services.core.errors import ServiceError

if TYPE_CHECKING:
    from scale.functions import Functions
    from scale.timeline import Timeline

LISTING_LAG = 3.0
"""Seconds until ListExecutions shows a start or an end: `listing_lag` of the offline AWS, a guess."""

PAGE = 100
"""Executions a page if a call has no other number (Step Functions API Reference, ListExecutions)."""


@dataclass
class Execution:
    """One run of the state machine."""

    arn: str
    name: str
    input: str
    began: float
    ended: float | None = None
    status: str = "RUNNING"

    def described_at(self, moment: float, machine: str) -> dict[str, Any]:
        """The execution as the API describes it at a moment."""
        described = {"executionArn": self.arn, "stateMachineArn": machine, "name": self.name, "startDate": self.began}
        if self.ended is None or self.ended > moment:
            return {**described, "status": "RUNNING"}
        return {**described, "status": self.status, "stopDate": self.ended}


class StateFailed(Exception):  # noqa: N818 - it says what happened
    """A state failed, with the name of an error by which it may be tried again."""

    def __init__(self, name: str, cause: str) -> None:
        """Create one."""
        super().__init__(cause)
        self.name = name


class Machine:
    """The state machine, and its executions."""

    def __init__(self, timeline: Timeline, functions: Functions, arn: str, definition: dict[str, Any]) -> None:
        """Create one without executions.

        Args:
            timeline: The time.
            functions: The functions that it calls.
            arn: Its ARN.
            definition: What it does.
        """
        self._timeline, self._functions, self._arn, self._definition = timeline, functions, arn, definition
        self.executions: dict[str, Execution] = {}

    # --- the calls ---

    def start_execution(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """StartExecution."""
        found = self.executions.get(parameters["name"])
        if found and (found.status != "RUNNING" or found.input != parameters["input"]):
            raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{found.arn}'")
        if not found:
            arn = f"{self._arn.replace(':stateMachine:', ':execution:')}:{parameters['name']}"
            found = Execution(arn, parameters["name"], parameters["input"], self._timeline.now())
            self.executions[found.name] = found
            self._timeline.begin(lambda: self._run(found))
        return {"executionArn": found.arn, "startDate": found.began}

    def describe_execution(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """DescribeExecution."""
        found = self.executions.get(parameters["executionArn"].rpartition(":")[2])
        if found is None:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{parameters['executionArn']}'")
        return {**found.described_at(self._timeline.now(), self._arn), "input": found.input}

    def list_executions(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """ListExecutions."""
        moment = self._timeline.now() - LISTING_LAG
        begun = [one for one in reversed(self.executions.values()) if one.began <= moment]
        listed = [one.described_at(moment, self._arn) for one in begun]
        if "statusFilter" in parameters:
            listed = [one for one in listed if one["status"] == parameters["statusFilter"]]
        first, size = int(parameters.get("nextToken", 0)), int(parameters.get("maxResults") or PAGE)
        more = {"nextToken": str(first + size)} if first + size < len(listed) else {}
        return {"executions": listed[first : first + size], **more}

    # --- the states ---

    def _run(self, execution: Execution) -> None:
        state, data = self._definition["StartAt"], json.loads(execution.input)
        while True:
            definition = self._definition["States"][state]
            kind = definition["Type"]
            if kind == "Task":
                state, data = self._do(definition, execution, data)
            elif kind == "Choice":
                found = (one["Next"] for one in definition["Choices"] if one["StringEquals"] == data["next"])
                state = next(found, definition["Default"])
            elif kind == "Wait":
                self._timeline.sleep(data["wait"])
                state = definition["Next"]
            else:
                execution.status = {"Succeed": "SUCCEEDED", "Fail": "FAILED"}[kind]
                execution.ended = self._timeline.now()
                return

    def _do(self, definition: dict[str, Any], execution: Execution, data: Any) -> tuple[str, Any]:
        """A task, as often as it is tried: the state after it, and what that gets."""
        tries = [0] * len(definition["Retry"])
        while True:
            known = {"$": data, "$$.Execution.Name": execution.name, "$$.State.RetryCount": sum(tries)}
            given = definition["Parameters"].items()
            try:
                event = {name.removesuffix(".$"): known[v] if name.endswith(".$") else v for name, v in given}
                return definition["Next"], self._call(event)
            except StateFailed as failure:
                number, again = self._retrier(definition["Retry"], failure.name)
                if tries[number] >= again.get("MaxAttempts", 3):
                    [caught] = definition["Catch"]
                    return caught["Next"], {**data, "crash": {"Error": failure.name, "Cause": str(failure)}}
                pause = min(again["IntervalSeconds"] * again["BackoffRate"] ** tries[number], again["MaxDelaySeconds"])
                full = again.get("JitterStrategy") == "FULL"
                tries[number] += 1
            self._timeline.sleep(random.uniform(0, pause) if full else pause)  # noqa: S311 - no secret

    def _retrier(self, retriers: list[dict[str, Any]], error: str) -> tuple[int, dict[str, Any]]:
        for number, one in enumerate(retriers):
            if error in one["ErrorEquals"] or one["ErrorEquals"] == ["States.ALL"]:
                return number, one
        raise AssertionError("the last retrier is for all errors")

    def _call(self, event: dict[str, Any]) -> Any:
        try:
            return self._functions.invoke(event)
        except Throttled as error:
            raise StateFailed("Lambda.TooManyRequestsException", "Rate Exceeded.") from error
        except Exception as error:
            cause = {"errorType": type(error).__name__, "errorMessage": str(error)}
            raise StateFailed(type(error).__name__, json.dumps(cause)) from error
