"""Formats and truncates the messages that users read."""

import bisect
import json
import re
from typing import Any

MAX_MESSAGE_BYTES = 4096
"""What a run keeps of a message."""

MAX_QUOTE_BYTES = 2400
"""What a reason quotes of a service's message: the hint and the job's ARN need room, too."""

UNCHANGED_JOB_HINT = (
    "This update keeps that job: correct its data, and change its trigger if the data is in a bucket, so that it runs "
    "again; or accept the failure with on_failure=OnFailure.CONTINUE."
)


def to_json(value: object) -> bytes:
    """Returns compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def truncate(string: str, max_bytes: int) -> str:
    """Returns the string, or as much of its beginning as takes at most `max_bytes` in JSON, quotes included."""
    if len(to_json(string)) <= max_bytes:
        return string
    end = bisect.bisect_right(range(1, len(string)), max_bytes, key=lambda length: len(to_json(string[:length] + "…")))
    return string[:end] + "…" if end else ""


def failure_message(
    definition: dict[str, Any], what: str, message: str, job_id: str, parameters: object = "", *, advice: str = ""
) -> str:
    """Returns a reason, with a hint, in which `{}` is the S3 location, or the advice if no hint is known."""
    hint = next((hint for known, hint in definition.get("hints", {}).items() if known in message), advice)
    hint = hint.replace("{}", " ".join(re.findall('(?<!Key":)(?<!Value":)"(s3://[^"]+)', to_json(parameters).decode())))
    reason = f"{definition['title']} {what}: {truncate(message.strip(), MAX_QUOTE_BYTES)}"
    after = (f" What to do: {hint}." if hint else "") + (f" Job: {job_id}" if job_id else "")
    return reason + ("." if after and reason[-1] not in ".… " else "") + after


def failed_attributes(definition: dict[str, Any], reason: str) -> dict[str, str]:
    """Returns the attributes of a job that was never created, with the status of a failed one."""
    known = {definition["status"]: definition["failed"][0], definition["reason"]: reason}
    return {name: known.get(path, "") for name, path in definition["attributes"].items()}


def crash_message(crash: dict[str, str]) -> str:
    """Returns the message of a crash, which is JSON in the `Cause`."""
    try:
        cause = json.loads(crash["Cause"])
        return f"{cause['errorType']}: {cause['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return f"{crash.get('Error')}: {crash.get('Cause')}"
