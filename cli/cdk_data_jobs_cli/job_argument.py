"""Finds the job that the argument JOB of a command names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cdk_data_jobs_cli.errors import NotFoundError

if TYPE_CHECKING:
    from cdk_data_jobs_cli.stack import Job, Stack


def find_job(stack: Stack, argument: str) -> Job:
    """Returns the job with this logical id or path, or the only one that has the argument as a part of either.

    Raises:
        NotFoundError: If there is none.
        click.BadParameter: If there are several.
    """
    jobs = stack.jobs
    exact = [job for job in jobs if argument in (job.logical_id, job.path, job.name)]
    found = exact or [job for job in jobs if argument.lower() in f"{job.logical_id} {job.path}".lower()]
    if not found:
        known = ", ".join(job.name for job in jobs)
        raise NotFoundError(f"{stack.name} must have a job {argument}, got {known or 'no jobs'}")
    if len(found) > 1:
        paths = " or ".join(job.path for job in found)
        raise click.BadParameter(f"must be one job, got {argument}, which may be {paths}", param_hint="JOB")
    return found[0]
