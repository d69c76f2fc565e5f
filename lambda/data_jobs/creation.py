"""How a run comes to its job: the files it reads are copied, then it is created, or found if it was made before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import jmespath

from data_jobs.aws import CallFailed
from data_jobs.decisions import matches, mentions, moment
from data_jobs.request import digest, without

if TYPE_CHECKING:
    from data_jobs.step import Step

REDELIVERED = 2 * 3600
"""Seconds within which a request is delivered again, if it is: a ResponseURL is good for two hours."""

CLOCKS = 5
"""Seconds that another service's clock may be behind."""

NAMES = 20
"""How many names are tried where each is in use by another job."""

COPYING = 240
"""Seconds after which a step copies no further file: the function ends at 15 minutes, and the last may be large."""

QUICK = 5
"""Seconds of copying after which the job is created by a step of its own, which looks first whether it is wanted."""

UNCLEAR_SECONDS = 120
"""Seconds until a create call is repeated that may take effect late, where no name and no token tells its job. Nobody
documents how late that can be."""

ANOTHER_SECONDS = 30
"""Seconds until a job is made again that failed for a permission which may be new."""


def copy_files(step: Step) -> bool:
    """Copy the job's files to where its service may read them, as many as one step has time for.

    Returns:
        Whether the job can be created in this step: all files are copied, and that took no time to speak of.
    """
    began = time.monotonic()
    for file in step.files[step.run.get("copied", 0) :]:
        if time.monotonic() - began > COPYING:
            return False
        step.aws.copy_file(file["Source"], file["Target"])
        step.log("file copied", source=file["Source"], target=file["Target"])
        step.run["copied"] = step.run.get("copied", 0) + 1
    return time.monotonic() - began < QUICK


def remove_copies(step: Step) -> None:
    """Delete the files that were copied for the job.

    Raises:
        CallFailed: If one of them could not be deleted; if possible, why one that may be deleted later.
    """
    failed = None
    for file in step.files[: step.run["copied"]]:
        try:
            step.aws.delete_file(file["Target"])
            step.log("copy deleted", target=file["Target"])
        except CallFailed as failure:
            step.log("copy not deleted", target=file["Target"], reason=failure.words)
            failed = failure if failed is None or failed.means == "denied" else failed
    if failed:
        raise failed


def create_or_adopt(step: Step) -> str:
    """Create the job, or take up the one that this request made before.

    Returns:
        The job's id.

    Raises:
        CallFailed: If neither was possible.
    """
    if "name" in step.definition:
        return create_named(step)
    found = find(step) if "find" in step.definition else ""
    if found:
        step.log("job adopted", job=found)
        return found
    number = step.run.get("number", 0)
    unique = digest(step.request.request_id + (f" {number}" if number else ""), 36)
    token = {step.definition["token"]: unique} if "token" in step.definition else {}
    try:
        job = step.aws.create(step.definition, {**step.parameters, **token})
    except CallFailed as failure:
        if failure.unclear and only_a_list_can_tell(step.definition):
            failure.seconds = UNCLEAR_SECONDS
        raise
    step.log("job created", job=job)
    return job


def create_named(step: Step) -> str:
    """Create the job under the first name that is free; a name in use may be this request's own job."""
    naming = step.definition["name"]
    while step.run.get("number", 0) < NAMES:
        name = candidate(step)
        arn = step.aws.arn_of(step.definition, name)
        try:
            job = step.aws.create(step.definition, {**step.parameters, naming["parameter"]: name})
        except CallFailed as failure:
            if failure.means != "taken":
                raise
        else:
            step.log("job created", job=job)
            return job
        found = step.aws.describe(step.definition, arn, step.parameters)
        if is_own(step, found):
            step.log("job adopted", job=arn)
            return arn
        step.run["number"] = step.run.get("number", 0) + 1
    raise CallFailed("taken", f"{NAMES} names such as {name} are in use by other jobs: choose another job_name")


def candidate(step: Step) -> str:
    """The first name that is not used up."""
    return step.request.job_name(step.run.get("number", 0), int(step.definition["name"]["max_length"]))


def is_own(step: Step, found: dict[str, Any]) -> bool:
    """Whether the job of a name in use is this request's: the same parameters, and no failure from before.

    Raises:
        CallFailed: If the service does not tell when it was made.
    """
    if not matches(step.parameters, found):
        return False
    # What failed before its turn is another's; but if the step is taken again, it may have set its turn only now.
    since = step.run["started"] if step.is_retry else step.run.get("turn", step.run["started"])
    made_by_this_run = made_at(found, step.definition["created"]) >= since - CLOCKS
    return made_by_this_run or jmespath.search(step.definition["status"], found) not in step.definition["failed"]


def made_at(job: dict[str, Any], path: str) -> float:
    """When a job was made, in seconds since 1970.

    Raises:
        CallFailed: If the service does not tell.
    """
    try:
        return moment(jmespath.search(path, job))
    except ValueError as error:
        raise CallFailed("refused", f"{error} at {path!r} of the definition") from error


def retry_with_next_name(step: Step, words: str) -> None:
    """Let a job be made again under the next name, for it failed for a permission that may be new.

    Args:
        step: The step that saw it fail.
        words: Why it failed.
    """
    step.run["number"] = step.run.get("number", 0) + 1
    del step.run["id"], step.run["status"]
    step.wait("create", words, "permissions", seconds=ANOTHER_SECONDS)


def only_a_list_can_tell(definition: dict[str, Any]) -> bool:
    """Whether the job of a create call whose answer was lost can be told from another by neither a name nor a token."""
    return not definition.keys() & {"name", "token"}


def find(step: Step) -> str:
    """The id of the job without a name that this request made before, if it did.

    The list says of it all that the parameters said, and it is no older than the first delivery of the request, or than
    the run's turn: what ran before it was somebody else's.

    Raises:
        CallFailed: If the jobs could not be listed, or the list does not tell when they were made.
    """
    oldest = step.run["started"] - REDELIVERED
    deliveries = step.aws.executions(step.request.deliveries, since=oldest)
    since = int(min([step.run["started"], *deliveries.values()]))
    if "turn" in step.run and not set(deliveries) - {step.execution}:
        since = int(step.run["turn"])
    call = step.definition["find"]
    # What the list was asked with, and what does not make a job another one, need not be repeated in it.
    telling = without(step.parameters, [*step.definition["not_identity"], *call["parameters"].values()])
    for job in step.aws.recent_jobs(step.definition, step.parameters):
        if made_at(job, call["created"]) < since - CLOCKS:
            continue
        failed = jmespath.search(step.definition["status"], job) in step.definition["failed"]
        if failed and (step.run.get("number") or not step.request.is_of_deployment):
            continue  # what is tried again after a failure wants another job
        said = jmespath.search(call["as_parameters"], job)
        if matches(step.parameters, said) and mentions(telling, said):
            return str(jmespath.search(call["id"], job))
    return ""
