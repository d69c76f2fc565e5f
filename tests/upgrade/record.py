"""Records runs of this version, for the versions after it: `PYTHONPATH=lambda python tests/upgrade/record.py VERSION`.

Record once, from the commit that is released, and keep what earlier versions recorded as long as a run of them may go
on. A resting point is what the state machine hands to its next state, with what the bucket held then; the machine
itself is kept beside it. Times are relative to the moment of the recording, and what is secret, or another one the next
time, is a placeholder: `{answers}`, `{token}`, `{app}` and `{job}`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from recorded.contract import contract
from recorded.environment import BUCKET, LAMBDA, MACHINE, Environment, environment
from recorded.function import snapshot_of
from recorded.replay import RECORDINGS, TIMES
from recorded.response_server import until
from recorded.scenarios import SCENARIOS, UPLOADS, place

if TYPE_CHECKING:
    from recorded.scenarios import Scenario

RESTS = {"Create", "Wait", "Wait to create", "Report"}
"""The states before which a run rests: Create and Check get what the waits before them got."""


def record(environment: Environment, scenario: Scenario) -> dict[str, Any]:
    """Let a run go its way, and read from its execution's history where it rested."""
    name = scenario.name
    environment.aws.personalize.durations(pending=scenario.lasts / 4, in_progress=scenario.lasts * 3 / 4)
    environment.write({f"{name}/{key}": body for key, body in scenario.files.items()})
    app = environment.make_place(name, scenario.kind)
    stack_id = environment.stack(
        name, scenario.stack, {"ResourceType": scenario.kind, "LogicalResourceId": name, **scenario.event}
    )
    request = scenario.request(stack_id, environment.server.url(name), app=app)
    for known in (request.get("PhysicalResourceId"), request["ResourceProperties"].get("Job")):
        if known:
            environment.make_job(known, request, place(name, "in/"))
    if "TaskToken" in request:
        request["TaskToken"] = environment.token(name)
    if scenario.before:
        scenario.before(environment, request)
    execution = send(environment, request)
    ended = environment.finished(execution["executionArn"])
    environment.server.release(name)
    rested = points(environment, scenario, request, execution["executionArn"])
    made = environment.jobs(request)
    assert len(made) == scenario.jobs, f"{name}: {made}"
    answers = [{key: one[key] for key in ("Status", "PhysicalResourceId")} for one in environment.server.answers[name]]
    started = json.loads(ended["input"])["started"]
    recording = {
        "stack": scenario.stack,
        "execution": re.sub(r"[^-]+$", "", execution["name"]),
        "request": request | ({"NotBefore": round(request["NotBefore"] - started)} if "NotBefore" in request else {}),
        "status": ended["status"],
        "answers": answers,
        "task": environment.task_result(name) if "TaskToken" in request else None,
        "jobs": scenario.jobs,
        "points": rested,
    }
    secret = {request.get("ResponseURL"): "{answers}", request.get("TaskToken"): "{token}", app: "{app}"}
    secret |= {job: "{job}" for job in made if not job.startswith("arn:aws:personalize:")}
    text = json.dumps(recording)
    for value, placeholder in secret.items():
        text = text.replace(value, placeholder) if value else text
    return dict(json.loads(text))


def send(environment: Environment, request: dict[str, Any]) -> dict[str, Any]:
    """Send a request to the function, or all files that arrive; the execution that it started."""
    client = environment.aws.client("stepfunctions")
    asked = [request]
    if "Arrivals" in request:
        window = request["Window"]
        until(lambda: environment.aws.now() % window < window / 4)
        names = ["arriving/gone.csv", *UPLOADS]
        arrived = [{"Bucket": BUCKET, "Key": f"{request['LogicalResourceId']}/{name}"} for name in names]
        asked = [{**request, "Arrived": one} for one in arrived]

    def executions() -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in client.list_executions(stateMachineArn=MACHINE)["executions"]}

    before = executions().keys()
    for one in asked:
        environment.send(one)
        time.sleep(0.1)
    [name] = until(lambda: executions().keys() - before)
    execution = executions()[name]
    document = json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"])
    request.clear()
    request.update(document["request"])
    return execution


def points(environment: Environment, scenario: Scenario, request: dict[str, Any], arn: str) -> list[dict[str, Any]]:
    """Where an execution rested: a point for each that is unlike those before it."""
    found: dict[str, dict[str, Any]] = {}
    objects: dict[str, str] = {f"{scenario.name}/{key}": body for key, body in scenario.files.items()}
    made, begun = environment.jobs(request), not scenario.since
    pages = environment.aws.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    for event in (one for page in pages for one in page["events"]):
        entered = event.get("stateEnteredEventDetails", {})
        if entered.get("name") not in RESTS:
            continue
        run, now = json.loads(entered["input"]), event["timestamp"].timestamp()
        if "next" in run and "crash" not in run:
            objects = snapshot(environment, scenario, run)
        begun = begun or scenario.since in run
        if not begun:
            continue
        recorded_run = {name: value for name, value in run.items() if name != "request"}
        recorded_run |= {name: round(run[name] - now, 3) for name in TIMES if name in run}
        there = {id_: job.location for id_, job in made.items() if job.created < now or id_ == run.get("id")}
        alike = json.dumps([sorted(run), *map(run.get, ("next", "waiting_for", "copied"))])
        found.setdefault(alike, {"run": recorded_run, "jobs": there, "objects": objects})
    return list(found.values())


def snapshot(environment: Environment, scenario: Scenario, run: dict[str, Any]) -> dict[str, str]:
    """What the scenario's folder held after the step that left a run like this."""
    body = environment.aws.client("s3").get_object(Bucket=BUCKET, Key=snapshot_of(run))["Body"].read()
    return {key: text for key, text in json.loads(body).items() if key.startswith(f"{scenario.name}/")}


def main(version: str) -> None:
    """Record every scenario."""
    folder = RECORDINGS / version
    folder.mkdir(parents=True)
    machine = (LAMBDA / "state_machine.asl.json").read_text(encoding="utf-8")
    (folder / "state_machine.asl.json").write_text(machine, encoding="utf-8")
    (folder / "contract.json").write_text(json.dumps(contract(json.loads(machine)), indent=1) + "\n", encoding="utf-8")
    with environment(speed=30) as made:
        made.deploy_machine(
            json.loads(machine),
            {"function.py": (RECORDINGS.parent / "recorded" / "function.py").read_bytes()},
            "function.handler",
        )
        for scenario in SCENARIOS:
            recording = record(made, scenario)
            text = json.dumps(recording, indent=1) + "\n"
            (folder / f"{scenario.name}.json").write_text(text, encoding="utf-8")
            print(f"{scenario.name}: {len(recording['points'])} points, {recording['status']}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
