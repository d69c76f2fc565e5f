"""Resource types of templates."""


def is_custom(resource_type: str) -> bool:
    """Returns whether a resource type is a custom resource's."""
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"
