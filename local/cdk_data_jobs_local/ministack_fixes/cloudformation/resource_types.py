"""Resource types of templates."""


def is_custom(kind: str) -> bool:
    """Returns whether a resource type is a custom resource's."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
