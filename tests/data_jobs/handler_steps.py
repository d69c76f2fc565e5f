"""The start of a run."""

from __future__ import annotations

import json
from typing import Any

from data_jobs.request import Request


def start_execution(function: Any, event: dict[str, Any]) -> None:
    function.stubs["stepfunctions"].add_response(
        "start_execution",
        {"executionArn": "arn", "startDate": 0},
        {
            "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:runner",
            "name": Request.from_event(event).execution_name,
            "input": json.dumps({"request": event, "started": function.now, "uuid": True}),
        },
    )
