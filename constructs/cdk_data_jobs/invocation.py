"""How others than CloudFormation invoke the function of a runner."""

from typing import cast

from aws_cdk import Stack, aws_lambda

from cdk_data_jobs.places import path_below, shared_scope
from cdk_data_jobs.runner import DataJobRunner


def invoked_function(runner: DataJobRunner, stack: Stack) -> aws_lambda.IFunction:
    """Returns a runner's function for who invokes it, who may then invoke that alone and none of its versions.

    Args:
        runner: The runner.
        stack: The stack of who invokes it.
    """
    scope, id_ = shared_scope(stack), f"Invoked{path_below(stack, runner)}"
    found = scope.node.try_find_child(id_)
    # What CDK takes for a version has one ARN that may be invoked; of a function all versions may be.
    made = found or aws_lambda.Version.from_version_arn(scope, id_, runner.function.function_arn)
    return cast("aws_lambda.IFunction", made)
