"""The schemas of datasets, as far as they are known at synthesis: from the app, or from a file."""

from collections.abc import Callable, Sequence
from pathlib import Path

from aws_cdk.aws_personalize import CfnDatasetGroup, CfnSchema
from aws_cdk.interfaces.aws_personalize import IDatasetRef

from cdk_data_jobs._support.tokens import is_unresolved, target_of
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize._declared_datasets import declared_dataset
from cdk_data_jobs.personalize.schemas import Schema as SchemaConstruct
from cdk_data_jobs_check import Schema, SchemaError
from cdk_data_jobs_check.schema_rules import DATASETS

_DATASET_TYPES = {dataset_type.upper(): dataset_type for dataset_type in DATASETS[None]}


def find_schema(dataset: IDatasetRef, file: Path | None) -> Schema | None:
    """Returns the schema of a dataset; None if it is not known.

    Args:
        dataset: The dataset. Its schema is known if the app declares it, as a literal of a `CfnSchema` whose
            `attr_schema_arn` the `CfnDataset` has.
        file: A file that has the schema; None if there is none.

    Raises:
        ValidationError: If the service would refuse the schema, it is for another dataset type, or the file has
            another one than the app.
    """
    construct = _schema_construct(dataset)
    domains = _domains(dataset, construct)
    in_app = in_file = None
    if construct and not is_unresolved(construct.schema):
        document = construct.schema
        in_app = _parse(dataset, domains, lambda domain: Schema.parse(document, domain))
    if file:
        in_file = _parse(dataset, domains, lambda domain: Schema.read(file, domain))
    if in_app and in_file and in_app != in_file:
        raise ValidationError(
            f"the schema of {dataset.node.path} must be the one that this app declares, got another one in "
            f"{str(file)!r}; leave the file out"
        )
    schema = in_app or in_file
    if schema:
        _validate_dataset_type(dataset, schema)
    return schema


def other_domains(dataset: IDatasetRef) -> tuple[str | None, str | None] | None:
    """Returns the domains of a dataset's schema and of its dataset group; None if they are the same or not known.

    Args:
        dataset: The dataset.
    """
    schema, group = _schema_construct(dataset), _group_construct(dataset)
    if schema is None or group is None or is_unresolved(schema.domain) or is_unresolved(group.domain):
        return None
    return (schema.domain, group.domain) if schema.domain != group.domain else None


def warns_of_schema(dataset: IDatasetRef) -> bool:
    """Returns whether the schema of a dataset is a construct of the library, which has its warnings itself.

    Args:
        dataset: The dataset.
    """
    construct = _schema_construct(dataset)
    return construct is not None and isinstance(construct.node.scope, SchemaConstruct)


def _schema_construct(dataset: IDatasetRef) -> CfnSchema | None:
    declared = declared_dataset(dataset)
    schema = target_of(declared.schema_arn) if declared else None
    return schema if isinstance(schema, CfnSchema) else None


def _group_construct(dataset: IDatasetRef) -> CfnDatasetGroup | None:
    declared = declared_dataset(dataset)
    group = target_of(declared.dataset_group_arn) if declared else None
    return group if isinstance(group, CfnDatasetGroup) else None


def _domains(dataset: IDatasetRef, schema: CfnSchema | None) -> Sequence[str | None]:
    """Returns the domains that a dataset may be of: the one that the app declares, or else all."""
    known = schema or _group_construct(dataset)
    return [*DATASETS] if known is None or is_unresolved(known.domain) else [known.domain]


def _parse(dataset: IDatasetRef, domains: Sequence[str | None], parse: Callable[[str | None], Schema]) -> Schema:
    """Returns the schema as of the first domain for which the service would accept it."""
    errors = []
    for domain in domains:
        try:
            return parse(domain)
        except SchemaError as error:
            errors.append(error)
    lines = "\n  ".join(str(errors[0]).splitlines())
    raise ValidationError(f"the schema of {dataset.node.path} would be refused:\n  {lines}") from errors[0]


def _validate_dataset_type(dataset: IDatasetRef, schema: Schema) -> None:
    dataset_type = _dataset_type(dataset)
    if dataset_type and dataset_type.upper() != schema.dataset_type.upper():
        raise ValidationError(
            f"the schema of a dataset of type {dataset_type} must be for that type, got one for "
            f"{schema.dataset_type} for {dataset.node.path}; correct the dataset, or the name of the schema's record"
        )


def _dataset_type(dataset: IDatasetRef) -> str | None:
    """Returns the type that a dataset is declared with, or that its ARN ends in; None if that is not known."""
    if declared := declared_dataset(dataset):
        return None if is_unresolved(declared.dataset_type) else declared.dataset_type
    return _DATASET_TYPES.get(dataset.dataset_ref.dataset_arn.rpartition("/")[2].upper())
