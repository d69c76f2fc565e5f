"""Lets a recorded run go on from where it rested: with the state machine that began it, and today's function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recorded.environment import MACHINE

from data_jobs.request import Request

if TYPE_CHECKING:
    from recorded.environment import Environment

RECORDINGS = Path(__file__).parents[1] / "recordings"
TIMES = ("started", "since", "turn")


@dataclass(frozen=True)
class Point:
    """Where a recorded run rested.

    Attributes:
        version: The version that began it.
        name: Its scenario, and a number: what it is about has that name in a replay.
        recording: All that is recorded of the run, about things of that name.
        number: Which of its resting points it is.
    """

    version: str
    name: str
    recording: dict[str, Any]
    number: int

    def __str__(self) -> str:
        """Version and name."""
        return f"{self.version}-{self.name}"

    @property
    def run(self) -> dict[str, Any]:
        """The run as it was handed to the next state."""
        return dict(self.recording["points"][self.number]["run"])

    @property
    def answers(self) -> list[dict[str, str]]:
        """The answers that CloudFormation still gets."""
        return [] if self.run.get("answered") else list(self.recording["answers"])


@dataclass(frozen=True)
class Ended:
    """What became of a run.

    Attributes:
        execution: The execution.
        answers: The responses that CloudFormation got.
        task: How the task ended that waited for it.
        jobs: The jobs that there are.
        copies: The files that were copied for the job, and that nobody needs any more.
    """

    execution: dict[str, Any]
    answers: list[dict[str, Any]]
    task: dict[str, str] | None
    jobs: list[str]
    copies: list[str]


def points(version: str) -> list[Point]:
    """Every resting point that was recorded of a version, each with a name of its own."""
    found = []
    for path in sorted((RECORDINGS / version).glob("[A-Z]*.json")):
        text = path.read_text(encoding="utf-8")
        for number in range(len(json.loads(text)["points"])):
            name = f"{path.stem}{number}"
            recording = json.loads(text.replace(path.stem, name))
            # From it the names of jobs and folders are made.
            recording["request"]["RequestId"] = json.loads(text)["request"]["RequestId"]
            found.append(Point(version, name, recording, number))
    return found


def machine(version: str) -> dict[str, Any]:
    """The state machine of a version, which begins where the run that it is given rested."""
    definition = json.loads((RECORDINGS / version / "state_machine.asl.json").read_text(encoding="utf-8"))
    rested = [
        {"Variable": "$.crash", "IsPresent": True, "Next": "Report"},
        {"Variable": "$.next", "IsPresent": False, "Next": "Create"},
    ]
    definition["States"]["Rested"] = {"Type": "Choice", "Choices": rested, "Default": "What next"}
    return dict(definition) | {"StartAt": "Rested"}


def replay(environment: Environment, point: Point) -> Ended:
    """Let a run go on.

    Args:
        environment: An offline AWS with today's function, and the state machine of the recording.
        point: Where it rested.
    """
    request, rest = point.recording["request"], point.recording["points"][point.number]
    environment.write(rest["objects"])
    app = environment.make_place(point.name, request["ResourceType"])
    request = json.loads(json.dumps(request).replace("{app}", app))
    request["StackId"] = environment.stack(point.name, point.recording["stack"], request)
    made = {job: environment.make_job(job, request, location) for job, location in rest["jobs"].items()}
    token = environment.token(point.name) if "TaskToken" in request else ""
    known = {
        "{answers}": environment.server.url(point.name),
        "{token}": token,
        "{app}": app,
        "{job}": made.get("{job}", ""),
    }
    text = json.dumps({**point.run, "request": request})
    for placeholder, value in known.items():
        text = text.replace(placeholder, value)
    run, now = json.loads(text), environment.aws.now()
    run |= {name: now + run[name] for name in TIMES if name in run}
    if "NotBefore" in request:
        run["request"]["NotBefore"] = round(run["started"]) + request["NotBefore"]
    execution = environment.aws.client("stepfunctions").start_execution(
        stateMachineArn=MACHINE, name=Request.from_event(run["request"]).execution_name, input=json.dumps(run)
    )
    ended = environment.finished(execution["executionArn"])
    environment.server.release(point.name)
    jobs = list(environment.jobs(request))
    generated = next((job for job in jobs if not job.startswith("arn:aws:personalize:")), "")
    answers = [
        {name: answer[name].replace(generated or "{job}", "{job}") for name in ("Status", "PhysicalResourceId")}
        for answer in environment.server.answers[point.name]
    ]
    targets = [
        file["Target"].partition(f"/{point.name}/")[2] for file in request["ResourceProperties"].get("Files", [])
    ]
    copies = [key for target in ["gathered/", *targets] for key in environment.keys(f"{point.name}/{target}")]
    return Ended(ended, answers, environment.task_result(point.name) if token else None, jobs, copies)
