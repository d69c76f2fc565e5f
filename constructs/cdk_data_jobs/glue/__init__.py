"""Runs of jobs of AWS Glue."""

from cdk_data_jobs.glue.job_runs import ExecutionClass, JobRun, WorkerType

__all__ = ["ExecutionClass", "JobRun", "WorkerType"]
