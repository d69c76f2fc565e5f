"""State machines on the emulated clock, and executions that are started twice.

Waits, retries and times (`$$.Execution.StartTime`, Wait until) follow one clock, here the emulated clock; MiniStack
1.5.33 knows the real time only. Starting an execution with the name and input of a running one is idempotent
(API_StartExecution); MiniStack refuses the name.

Needed as long as this test fails without it:
`test_state_machines.py::test_an_executions_name_is_taken_for_another_input`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from datetime import datetime
from typing import Any

from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import stepfunctions

from cdk_data_jobs_local.clock import Clock, iso


def patch(clock: Clock) -> None:
    """Makes MiniStack's state machines behave as real ones do, on this clock."""
    start_execution = stepfunctions._start_execution

    def sleep_until(timestamp: str) -> None:
        until = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
        stepfunctions._scaled_sleep(max(0.0, until.timestamp() - clock.now()))

    def start_once(data: dict[str, Any]) -> Any:
        machine = data.get("stateMachineArn", "").rpartition(":")[2]
        arn = f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine}:{data.get('name')}"
        running = stepfunctions._executions.get(arn)
        if running and running["status"] == "RUNNING" and running["input"] == data.get("input", "{}"):
            started = datetime.fromisoformat(running["startDate"].replace("Z", "+00:00"))
            return json_response({"executionArn": arn, "startDate": started.timestamp()})
        return start_execution(data)

    stepfunctions._SFN_WAIT_SCALE = 1 / clock.speed
    stepfunctions.now_iso = lambda: iso(clock.now())
    stepfunctions._sleep_until = sleep_until
    stepfunctions._start_execution = start_once
