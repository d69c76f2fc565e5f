"""Proposes a schema by the values of columns, for people to review and commit.

It must not be used at synthesis: a schema that changes with the data would replace the dataset.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cdk_data_jobs_check.column_profile import ColumnProfile
from cdk_data_jobs_check.field_names import is_unnamed, match_known
from cdk_data_jobs_check.field_proposals import ProposedField, propose_fields
from cdk_data_jobs_check.findings import Violation, excerpt
from cdk_data_jobs_check.schema import Schema, SchemaError
from cdk_data_jobs_check.schema_rules import DATASETS, IDS
from cdk_data_jobs_check.time_columns import describe_times

_TYPES_BY_IDS = {
    frozenset({"USER_ID", "ITEM_ID"}): "Interactions",
    frozenset({"USER_ID", "ACTION_ID"}): "Action_Interactions",
    frozenset({"USER_ID"}): "Users",
    frozenset({"ITEM_ID"}): "Items",
    frozenset({"ACTION_ID"}): "Actions",
}
_EVENT_FIELDS = ("TIMESTAMP", "EVENT_TYPE")


class ProposalError(ValueError):
    """There is nothing to propose a schema from; the message says what was expected, what was got and what to do."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A proposed schema.

    Attributes:
        dataset_type: The dataset type.
        fields: The fields, in the order of the columns.
        unnamed_columns: The columns that are left out, because they have no name, or that of an index of pandas.
        unused_names: The names of reserved fields that no column is.
        schema: The schema; None if the service would refuse it because of the columns that the files have.
        violations: The violations in it.
    """

    dataset_type: str
    fields: tuple[ProposedField, ...]
    unnamed_columns: tuple[str, ...]
    unused_names: tuple[str, ...]
    schema: Schema | None
    violations: tuple[Violation, ...]

    @property
    def document(self) -> str:
        """The Avro schema as JSON, as CreateSchema takes it."""
        return _document(self.dataset_type, self.fields)


def propose_schema(
    columns: Mapping[str, ColumnProfile], *, dataset_type: str | None = None, domain: str | None = None
) -> Proposal:
    """Proposes a schema.

    Args:
        columns: What the values of each column of the files are, by its name, in their order.
        dataset_type: The dataset type. By default that whose ids are among the columns.
        domain: The domain of the dataset group; None without one.

    Raises:
        ProposalError: If there are no columns, or they do not say the dataset type.
    """
    named = {name: profile for name, profile in columns.items() if not is_unnamed(name)}
    if not named:
        raise ProposalError("there must be a file with a header, got none")
    chosen = _dataset_type(named, dataset_type, domain)
    fields = propose_fields(named, chosen, domain)
    names = {field.name for field in fields}
    try:
        schema = Schema.parse(_document(chosen, fields), domain)
        violations = schema.warnings
    except SchemaError as error:
        schema, violations = None, error.violations
    return Proposal(
        dataset_type=chosen,
        fields=fields,
        unnamed_columns=tuple(filter(is_unnamed, columns)),
        unused_names=tuple(name for name in DATASETS[domain][chosen].reserved if name not in names),
        schema=schema,
        violations=violations,
    )


def _document(dataset_type: str, fields: Sequence[ProposedField]) -> str:
    record = {
        "type": "record",
        "name": dataset_type,
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [field.attributes for field in fields],
        "version": "1.0",
    }
    return json.dumps(record, indent=2)


def _dataset_type(columns: Mapping[str, ColumnProfile], given: str | None, domain: str | None) -> str:
    if given is not None:
        return _require_type(given, columns, domain)
    ids = match_known(columns, IDS)
    found = _TYPES_BY_IDS.get(frozenset(ids))
    if found in ("Users", "Items") and _look_like_events(columns, ids):
        [name] = ids
        other = "ITEM_ID" if name == "USER_ID" else "USER_ID"
        message = f"the columns look like interactions, but none is called {other}, got {_listed(columns)}"
        raise ProposalError(f"{message}; rename that with the other ids to {other}, or name the type {found}")
    return _require_type(found, columns, domain)


def _require_type(dataset_type: str | None, columns: Iterable[str], domain: str | None) -> str:
    datasets = DATASETS[domain]
    if dataset_type is not None and dataset_type in datasets:
        return dataset_type
    of_domain = f" of the domain {domain}" if domain else ""
    raise ProposalError(
        f"the columns must have the ids of one dataset type{of_domain}, got {dataset_type or _listed(columns)}; "
        f"name the type: {', '.join(datasets)}"
    )


def _look_like_events(columns: Mapping[str, ColumnProfile], ids: Mapping[str, str]) -> bool:
    """Returns whether rows are of events: they have a field of these, or a time, and an id that comes in several."""
    has_duplicates = any(columns[column].has_duplicates for column in ids.values())
    has_times = any(describe_times(profile) for profile in columns.values())
    return bool(match_known(columns, _EVENT_FIELDS)) or (has_duplicates and has_times)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(map(excerpt, columns))
