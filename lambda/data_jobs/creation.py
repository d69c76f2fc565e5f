"""Creates the job of a request, or adopts it if an earlier attempt has created it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import jmespath

from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.conversion import to_timestamp
from data_jobs.definitions import job_status
from data_jobs.errors import CallFailed
from data_jobs.matching import matches, mentions_all, without
from data_jobs.request import digest

if TYPE_CHECKING:
    from data_jobs.run import WaitingFor

MAX_REDELIVERY_SECONDS = 2 * 3600
"""Seconds within which CloudFormation may deliver a request again: a ResponseURL is valid for two hours."""

MAX_NAMES = 20
"""How many names or tokens are tried if other jobs have them."""

UNKNOWN_RESULT_SECONDS = 120
"""Seconds until a create call with an unknown result is repeated, if its job has neither name nor token. How late it
may take effect is not documented."""

NEXT_NAME_SECONDS = 30
"""Seconds until a job is created again under the next name: it may have lacked a permission which is new."""

LOST_RESPONSE = (
    "the job may have been created all the same, so it is not created again (look for it in the service, then deploy "
    "again or change the trigger)"
)


def create_or_adopt(context: Context) -> str:
    """Creates the job, or finds the one that this request has created before, and returns its id.

    It has the first name or token that is not used up.
    """
    definition, is_named = context.definition, "name" in context.definition
    if "find" in definition and not is_named and (found := _find(context)):
        context.log("job adopted", job=found)
        return found
    unique: dict[str, str] = {}
    refusal = ""
    while context.run.get("number", 0) < MAX_NAMES:
        unique = _name_or_token(context)
        try:
            job = context.aws.create_job(definition, {**context.parameters, **unique})
        except CallFailed as failure:
            if failure.category != "taken":
                _note_effect(context, failure)
                raise
            refusal = f" ({failure.message})"
        else:
            context.log("job created", job=job)
            return job
        if is_named:
            arn = context.aws.job_arn(definition, context.job_name)
            if _is_own(context, _describe_taken(context, arn, refusal)):
                context.log("job adopted", job=arn)
                return arn
        context.run["number"] = context.run.get("number", 0) + 1
    what, remedy = ("names", ": choose another job_name") if is_named else ("tokens", "")
    example = "".join(f"such as {value} " for value in unique.values())
    raise CallFailed("taken", f"{MAX_NAMES} {what} {example}are in use by other jobs{remedy}{refusal}")


def _describe_taken(context: Context, job_id: str, refusal: str) -> dict[str, Any]:
    """Describes the job that has the name. The run's own may be so new that it is not found yet."""
    try:
        return context.aws.describe_job(context.definition, job_id, context.parameters)
    except CallFailed as failure:
        if failure.category == "refused":
            raise CallFailed(
                "unreachable", f"the name is taken{refusal}, but the job is not described: {failure.message}"
            ) from failure
        raise


def _name_or_token(context: Context) -> dict[str, str]:
    """Returns the parameter by which the service tells a repeated create call, if it has one."""
    definition, number = context.definition, context.run.get("number", 0)
    if "name" in definition:
        return {definition["name"]["parameter"]: context.job_name}
    if "token" not in definition:
        return {}
    token = digest(context.request.request_id + (f" {number}" if number else ""), 36)
    return {definition["token"]: str(uuid.UUID(token[:32], version=4)) if "uuid" in context.run else token}


def _note_effect(context: Context, failure: CallFailed) -> None:
    """Sets what follows if the call may have created a job that neither a name nor a token finds."""
    if context.must_run_once:
        if failure.may_have_effect:
            failure.category, failure.message = "refused", f"{LOST_RESPONSE}: {failure.message}"
        else:
            context.run.pop("creating", None)
    elif failure.may_have_effect:
        if "find" in context.definition:
            context.run["creating"] = True
        if is_found_by_listing_only(context.definition):
            failure.retry_after = UNKNOWN_RESULT_SECONDS


def _is_own(context: Context, found: dict[str, Any]) -> bool:
    """Returns whether this request has created the job: it has the parameters, and did not fail before the request."""
    if not matches(context.parameters, found):
        return False
    # What failed before the run's turn is another run's; but a repeated step may have set the turn only now.
    run = context.run
    since = run["started"] if "creating" in run else run.get("turn", run["started"])
    is_new = _created_at(found, context.definition["created"]) >= since - CLOCK_SKEW
    return is_new or job_status(context.definition, found) not in context.definition["failed"]


def is_of_earlier_delivery(context: Context, job: dict[str, Any]) -> bool:
    """Returns whether the service took the request's token for that of a job which a deployment before has created.

    A retried deployment repeats its RequestId: the job that has failed would be reported again.
    """
    definition, run = context.definition, context.run
    if "token" not in definition or "created" not in definition or run.get("kept") or context.request.awaited_job:
        return False
    try:
        is_older = _created_at(job, definition["created"]) < run["started"] - CLOCK_SKEW
    except CallFailed:
        return False
    return is_older and run.get("number", 0) < MAX_NAMES - 1


def _created_at(job: dict[str, Any], path: str) -> float:
    try:
        return to_timestamp(jmespath.search(path, job))
    except ValueError as error:
        raise CallFailed("refused", f"{error} at {path!r} of the definition") from error


def retry_with_next_name(context: Context, message: str, waiting_for: WaitingFor) -> None:
    """Sets `create` as the next step, for a job under the next name or token, instead of one that has failed."""
    context.run["number"] = context.run.get("number", 0) + 1
    del context.run["id"], context.run["status"]
    context.wait("create", message, waiting_for, seconds=NEXT_NAME_SECONDS)


def is_found_by_listing_only(definition: dict[str, Any]) -> bool:
    """Returns whether a job has neither a name nor a token, by which it could be found if a response is lost."""
    return not definition.keys() & {"name", "token"}


def _find(context: Context) -> str:
    """Returns the id of the job without a name that this request has created before, if any.

    Only if a create call may have been made: else a job with the same parameters is another's. It is in the service's
    list with all parameters that define a job, and was created after the first delivery of the request, and after the
    run's turn.
    """
    run = context.run
    oldest = run["started"] - MAX_REDELIVERY_SECONDS
    deliveries = context.aws.list_executions(context.request.delivery_prefix, since=oldest)
    is_redelivered = bool(set(deliveries) - {context.execution})
    # Runs that version 0.1 began do not tell whether they have made a create call.
    if "uuid" in run and not is_redelivered and "creating" not in run:
        return ""
    since = int(min([run["started"], *deliveries.values()]))
    if "turn" in run and not is_redelivered:
        since = int(run["turn"])
    call = context.definition["find"]
    # The list need not have the parameters that it was filtered by, nor those that do not define the job.
    defining = without(context.parameters, [*context.definition["not_identity"], *call["parameters"].values()])
    for job in context.aws.list_jobs(context.definition, context.parameters):
        if _created_at(job, call["created"]) < since - CLOCK_SKEW:
            continue
        has_failed = job_status(context.definition, job) in context.definition["failed"]
        if has_failed and (run.get("number") or not context.request.is_from_cloudformation):
            continue  # the run retries after this failure
        found = jmespath.search(call["as_parameters"], job)
        if matches(context.parameters, found) and mentions_all(defining, found):
            return str(jmespath.search(call["id"], job))
    return ""
