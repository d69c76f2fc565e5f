"""Resources of Amazon Personalize that CloudFormation cannot replace, and what to do instead."""

REPLACED_BY_EVERY_CHANGE = "AWS::Personalize::"
"""What the types begin with whose resources every change replaces (Template Reference, "Amazon Personalize")."""

DATASET, DATASET_GROUP, SCHEMA = (f"AWS::Personalize::{kind}" for kind in ("Dataset", "DatasetGroup", "Schema"))

IRREPLACEABLE = {
    DATASET: "a dataset group has one dataset of a type",
    DATASET_GROUP: "its name is in use",
    SCHEMA: "its name is in use",
}
"""Why CloudFormation, which creates the new resource before it deletes the old one, fails to."""

WAYS_THROUGH = (
    "keep the schema in the app, and add nullable fields to the dataset of items or users with UpdateDataset; or "
    "declare a second dataset group, import into it, and remove the first later"
)


def replacement_hint(resource_type: str, failure: str) -> str:
    """Returns what to do if a resource failed because it cannot be replaced; an empty string for other failures.

    Args:
        resource_type: Its type.
        failure: Why it failed, as CloudFormation reports it.
    """
    if resource_type not in IRREPLACEABLE or "already exists" not in failure:
        return ""
    return f"; {IRREPLACEABLE[resource_type]}, so CloudFormation cannot replace it: {WAYS_THROUGH}"
