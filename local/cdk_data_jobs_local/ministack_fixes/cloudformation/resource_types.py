"""Is a type of resource a custom resource's?"""


def is_custom(kind: str) -> bool:
    """Whether a resource type is a custom resource's."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
