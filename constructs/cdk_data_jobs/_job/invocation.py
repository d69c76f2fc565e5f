"""The runner's function, for schedules and tasks that invoke it."""

from typing import cast

from aws_cdk import Stack, aws_lambda

from cdk_data_jobs._support.construct_paths import path_below, shared_scope
from cdk_data_jobs.runner import DataJobRunner


def invocable_function(runner: DataJobRunner, stack: Stack) -> aws_lambda.IFunction:
    """Returns a reference to a runner's function. Grants on it are for the function, and not for its versions.

    Args:
        runner: The runner.
        stack: The stack of the schedule or the task.
    """
    scope, id_ = shared_scope(stack), f"Invoked{path_below(stack, runner)}"
    found = scope.node.try_find_child(id_)
    # As a version, because CDK grants the invocation of a function with all its versions.
    function = found or aws_lambda.Version.from_version_arn(scope, id_, runner.function.function_arn)
    return cast("aws_lambda.IFunction", function)
