"""Executions of state machines of AWS Step Functions."""

from cdk_data_jobs.stepfunctions.executions import Execution

__all__ = ["Execution"]
