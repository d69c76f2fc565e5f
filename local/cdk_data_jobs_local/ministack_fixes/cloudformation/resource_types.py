"""Resource types of templates."""


def is_custom(kind: str) -> bool:
    """Whether a resource type is a custom resource's."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
