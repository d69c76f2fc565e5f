"""Creates the job of a request, or adopts it if an earlier attempt has created it."""

from typing import Any

import jmespath

from data_jobs.context import CLOCK_SKEW, Context
from data_jobs.conversion import to_timestamp
from data_jobs.errors import CallFailed
from data_jobs.matching import matches, mentions_all, without
from data_jobs.request import digest

MAX_REDELIVERY_SECONDS = 2 * 3600
"""Seconds within which CloudFormation may deliver a request again: a ResponseURL is valid for two hours."""

MAX_NAMES = 20
"""How many names are tried if other jobs have them."""

UNKNOWN_RESULT_SECONDS = 120
"""Seconds until a create call with an unknown result is repeated, if its job has neither name nor token. How late it
may take effect is not documented."""

NEW_PERMISSION_SECONDS = 30
"""Seconds until a job is created again that lacked a permission which may be new."""


def create_or_adopt(context: Context) -> str:
    """Creates the job, or finds the one that this request has created before, and returns its id."""
    if "name" in context.definition:
        return _create_named(context)
    found = _find(context) if "find" in context.definition else ""
    if found:
        context.log("job adopted", job=found)
        return found
    number = context.run.get("number", 0)
    unique = digest(context.request.request_id + (f" {number}" if number else ""), 36)
    token = {context.definition["token"]: unique} if "token" in context.definition else {}
    try:
        job = context.aws.create_job(context.definition, {**context.parameters, **token})
    except CallFailed as failure:
        if failure.may_have_effect and is_found_by_listing_only(context.definition):
            failure.retry_after = UNKNOWN_RESULT_SECONDS
        raise
    context.log("job created", job=job)
    return job


def _create_named(context: Context) -> str:
    """Creates the job under the first name that no other job has."""
    parameter = context.definition["name"]["parameter"]
    while context.run.get("number", 0) < MAX_NAMES:
        name = context.job_name
        arn = context.aws.job_arn(context.definition, name)
        try:
            job = context.aws.create_job(context.definition, {**context.parameters, parameter: name})
        except CallFailed as failure:
            if failure.category != "taken":
                raise
        else:
            context.log("job created", job=job)
            return job
        found = context.aws.describe_job(context.definition, arn, context.parameters)
        if _is_own(context, found):
            context.log("job adopted", job=arn)
            return arn
        context.run["number"] = context.run.get("number", 0) + 1
    raise CallFailed("taken", f"{MAX_NAMES} names such as {name} are in use by other jobs: choose another job_name")


def _is_own(context: Context, found: dict[str, Any]) -> bool:
    """Returns whether this request has created the job: it has the parameters, and did not fail before the request."""
    if not matches(context.parameters, found):
        return False
    # What failed before the run's turn is another run's; but a repeated step may have set the turn only now.
    run = context.run
    since = run["started"] if context.is_retry else run.get("turn", run["started"])
    is_new = _created_at(found, context.definition["created"]) >= since - CLOCK_SKEW
    return is_new or jmespath.search(context.definition["status"], found) not in context.definition["failed"]


def _created_at(job: dict[str, Any], path: str) -> float:
    try:
        return to_timestamp(jmespath.search(path, job))
    except ValueError as error:
        raise CallFailed("refused", f"{error} at {path!r} of the definition") from error


def retry_with_next_name(context: Context, message: str) -> None:
    """Sets `create` as the next step, for a job under the next name; this one lacked a permission that may be new."""
    context.run["number"] = context.run.get("number", 0) + 1
    del context.run["id"], context.run["status"]
    context.wait("create", message, "permissions", seconds=NEW_PERMISSION_SECONDS)


def is_found_by_listing_only(definition: dict[str, Any]) -> bool:
    """Returns whether a job has neither a name nor a token, by which it could be found if a response is lost."""
    return not definition.keys() & {"name", "token"}


def _find(context: Context) -> str:
    """Returns the id of the job without a name that this request has created before, if any.

    It is in the service's list with all parameters that define a job, and was created after the first delivery of the
    request, and after the run's turn.
    """
    run = context.run
    oldest = run["started"] - MAX_REDELIVERY_SECONDS
    deliveries = context.aws.list_executions(context.request.delivery_prefix, since=oldest)
    since = int(min([run["started"], *deliveries.values()]))
    if "turn" in run and not set(deliveries) - {context.execution}:
        since = int(run["turn"])
    call = context.definition["find"]
    # The list need not have the parameters that it was filtered by, nor those that do not define the job.
    defining = without(context.parameters, [*context.definition["not_identity"], *call["parameters"].values()])
    for job in context.aws.list_jobs(context.definition, context.parameters):
        if _created_at(job, call["created"]) < since - CLOCK_SKEW:
            continue
        has_failed = jmespath.search(context.definition["status"], job) in context.definition["failed"]
        if has_failed and (run.get("number") or not context.request.is_from_cloudformation):
            continue  # the run retries after this failure
        found = jmespath.search(call["as_parameters"], job)
        if matches(context.parameters, found) and mentions_all(defining, found):
            return str(jmespath.search(call["id"], job))
    return ""
