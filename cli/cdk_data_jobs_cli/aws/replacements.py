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


_REFERENCES = {
    DATASET: "Dataset.from_dataset_arn",
    DATASET_GROUP: "DatasetGroup.from_dataset_group_arn",
    SCHEMA: "Schema.from_schema_arn",
}


def already_exists_hint(resource_type: str, failure: str, *, is_new: bool) -> str:
    """Returns what to do if a resource failed because one like it exists; an empty string for other failures.

    Args:
        resource_type: Its type.
        failure: Why it failed, as CloudFormation reports it.
        is_new: Whether the stack did not have it before, so that it does not replace the one that exists.
    """
    if resource_type not in IRREPLACEABLE or "already exists" not in failure:
        return ""
    why = f"; {IRREPLACEABLE[resource_type]}"
    if not is_new:
        return f"{why}, so CloudFormation cannot replace it: {WAYS_THROUGH}"
    return (
        f"{why}: if an earlier deployment retained the one that exists, delete that, import it into the stack "
        f"(cdk import), or refer to it with {_REFERENCES[resource_type]}"
    )
