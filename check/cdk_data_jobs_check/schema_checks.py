"""Checks the fields of a schema against the rules of its dataset type. `rules.py` names the sources of the rules."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from cdk_data_jobs_check.columns import NUMBERS, Column
from cdk_data_jobs_check.findings import Violation
from cdk_data_jobs_check.schema_rules import IDS, MAX_TEXTUAL_FIELDS, DatasetRules, FieldRule


def check_columns(columns: Sequence[Column], dataset_type: str, rules: DatasetRules) -> Iterator[Violation]:
    """Yields the violations in the fields of a schema.

    Args:
        columns: The fields.
        dataset_type: The dataset type.
        rules: The rules for schemas of that type, in the domain of the dataset group.
    """
    for check in _CHECKS:
        yield from check(columns, dataset_type, rules)


def _unique_names(columns: Sequence[Column], _type: str, _rules: DatasetRules) -> Iterator[Violation]:
    by_spelling = defaultdict(list)
    for column in columns:
        by_spelling[column.name.replace("_", "")].append(column.name)
    for names in by_spelling.values():
        if len(names) > 1:
            message = f"the names of fields must be unique, also without their underscores, got {', '.join(names)}"
            yield Violation("field-name", message, "rename or remove all but one")


def _required_fields(columns: Sequence[Column], dataset_type: str, rules: DatasetRules) -> Iterator[Violation]:
    names = [column.name for column in columns]
    missing = [name for name in rules.required if name not in names]
    if missing:
        message = f"a schema of {dataset_type} must have the fields {', '.join(rules.required)}, got {', '.join(names)}"
        yield Violation("required-field", message, f"add {', '.join(missing)}")


def _optional_field(columns: Sequence[Column], dataset_type: str, rules: DatasetRules) -> Iterator[Violation]:
    if rules.needs_another and len(columns) == len(rules.required):
        message = f"a schema of {dataset_type} must have one more field than {', '.join(rules.required)}, got none"
        yield Violation("no-optional-field", message, "add one")
    elif rules.needs_another and not any(_is_metadata(column, rules) for column in columns):
        kinds = "categorical, textual or a number" if dataset_type == "Items" else "categorical or a number"
        message = f"a schema of {dataset_type} should have a field of its own that is {kinds}, got none"
        yield Violation("metadata-kind", message, "add one, or make a string categorical if its values are categories")


def _is_metadata(column: Column, rules: DatasetRules) -> bool:
    """Returns whether a field is of a kind that the guide asks for, as the reserved SUBSCRIPTION_MODEL is, too."""
    if column.name in rules.known:
        return column.name not in rules.required and column.categorical
    return column.categorical or column.textual or not NUMBERS.isdisjoint(column.types)


def _known_fields(columns: Sequence[Column], _type: str, rules: DatasetRules) -> Iterator[Violation]:
    for column in columns:
        if rule := rules.known.get(column.name):
            yield from _known_field(column, rule, is_required=column.name in rules.required)


def _known_field(column: Column, rule: FieldRule, *, is_required: bool) -> Iterator[Violation]:
    types = column.types if is_required else column.types - {"null"}
    if types not in [{avro_type} for avro_type in rule.types]:
        or_null = "" if is_required else ", or a list of it and null"
        got = " and ".join(sorted(column.types))
        message = f"{column.name} must be of type {' or '.join(rule.types)}{or_null}, got {got}"
        yield Violation("field-type", message, "change its type in the schema")
    elif "null" in column.types and not rule.may_be_null:
        message = f"{column.name} should not be null: the guide lists it without null, unlike other fields"
        yield Violation("reserved-null", message, "remove null from its types, and leave out rows without a value")
    if rule.categorical != column.categorical:
        message = f"{column.name} must {'' if rule.categorical else 'not '}be categorical"
        hint = 'set "categorical": true' if rule.categorical else "remove the attribute"
        yield Violation("reserved-category", message, hint)


def _categorical_types(columns: Sequence[Column], _type: str, _rules: DatasetRules) -> Iterator[Violation]:
    for column in columns:
        if column.categorical and "string" not in column.types:
            got = " and ".join(sorted(column.types))
            message = f"a categorical field should be a string, got {got} for {column.name}"
            yield Violation("categorical-type", message, "make it a string, or remove the attribute")


def _textual_types(columns: Sequence[Column], _type: str, _rules: DatasetRules) -> Iterator[Violation]:
    for column in columns:
        if column.textual and "string" not in column.types:
            message = f"a textual field must be a string, got {' and '.join(sorted(column.types))} for {column.name}"
            yield Violation("textual-field", message, "make it a string, or remove the attribute")


def _number_of_textual_fields(
    columns: Sequence[Column], dataset_type: str, _rules: DatasetRules
) -> Iterator[Violation]:
    names = [column.name for column in columns if column.textual]
    max_fields = MAX_TEXTUAL_FIELDS if dataset_type == "Items" else 0
    if len(names) > max_fields:
        message = f"a schema of {dataset_type} must have at most {max_fields} textual fields, got {', '.join(names)}"
        yield Violation("textual-field", message, "remove the attribute from the others")


def _conflicting_attributes(columns: Sequence[Column], _type: str, _rules: DatasetRules) -> Iterator[Violation]:
    for column in columns:
        if column.textual and column.categorical:
            message = f"a field should be categorical or textual, got both for {column.name}"
            yield Violation("conflicting-attributes", message, "remove one of the attributes")
        elif column.textual and column.name in IDS:
            message = f"an id should not be textual, got {column.name}"
            yield Violation("conflicting-attributes", message, "remove the attribute")


def _metadata_fields(columns: Sequence[Column], dataset_type: str, rules: DatasetRules) -> Iterator[Violation]:
    count = sum(column.name not in rules.known for column in columns)
    if count > rules.max_metadata:
        message = f"a schema of {dataset_type} must have at most {rules.max_metadata} fields of its own, got {count}"
        yield Violation("metadata-fields", message, "remove the least useful ones")


_CHECKS: tuple[Callable[[Sequence[Column], str, DatasetRules], Iterator[Violation]], ...] = (
    _unique_names,
    _required_fields,
    _optional_field,
    _known_fields,
    _categorical_types,
    _textual_types,
    _number_of_textual_fields,
    _conflicting_attributes,
    _metadata_fields,
)
