"""Decides how the fields of a proposed schema are, and says why."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdk_data_jobs_check.evidence import MAX_CATEGORIES, Evidence
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.schema_rules import DATASETS, IDS, MAX_STRING_LENGTH, NEVER_NULL, FieldRule

_MIN_TEXT_LENGTH = 50  # characters on average: names and titles are shorter, descriptions longer
_MIN_VALUES = 20  # fewer say nothing about how often a value comes back
_MAX_CODES = 10
_LOOKS_LIKE_ID = re.compile(r"(?:^|.*_)(?:ID|CODE|ZIP|POSTCODE|PHONE|SKU|EAN|ISBN)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ProposedField:
    """A field of a proposed schema.

    Attributes:
        name: Its name.
        kind: Its type, besides null.
        nullable: Whether it may be null.
        categorical: Whether its values are categories.
        textual: Whether its values are unstructured text.
        reason: Why it is so.
        notes: What to look at before the schema is used.
    """

    name: str
    kind: str
    nullable: bool = False
    categorical: bool = False
    textual: bool = False
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def attributes(self) -> dict[str, Any]:
        """The field as the schema has it."""
        flags = {"categorical": self.categorical, "textual": self.textual}
        return {
            "name": self.name,
            "type": ["null", self.kind] if self.nullable else self.kind,
            **{name: True for name, value in flags.items() if value},
        }


def propose_fields(columns: Mapping[str, Evidence], dataset_type: str, domain: str | None) -> tuple[ProposedField, ...]:
    """Proposes the fields of a schema, in the order of the columns.

    Args:
        columns: What the values of each column are.
        dataset_type: The dataset type.
        domain: The domain of the dataset group; None without one.
    """
    rules = DATASETS[domain][dataset_type]
    known = {**rules.reserved, **rules.required}
    fields = [
        _field(column, _spelling(column, columns, known), evidence, dataset_type, domain)
        for column, evidence in columns.items()
    ]
    return tuple(fields) if dataset_type != "Items" else _choose_textual(fields, columns)


def _spelling(column: str, columns: Iterable[str], known: Mapping[str, FieldRule]) -> str:
    """Returns the name of a column's field: that of a known one that differs in the case of letters alone."""
    name = column.upper()
    return name if name in known and name not in columns else column


def _field(column: str, name: str, evidence: Evidence, dataset_type: str, domain: str | None) -> ProposedField:
    rules = DATASETS[domain][dataset_type]
    if name in rules.required:
        field = _known(name, rules.required[name], evidence, f"required in {dataset_type}")
        notes = [f"{_empty(evidence)}, and the service refuses that"] if evidence.empty else []
    elif name in rules.reserved:
        field = _known(name, rules.reserved[name], evidence, f"reserved in {dataset_type}, with this type")
        field = replace(field, nullable=evidence.empty > 0)
        notes = []
    else:
        field = _own(name, evidence)
        notes = [*_number_notes(field, evidence), *_string_notes(field, evidence)]
    if column != name:
        notes.append(f"the column is called {excerpt(column)}: rename it, the case of letters counts")
    reason = field.reason
    if field.nullable:
        reason = f"{reason}; {_empty(evidence)}"
    return replace(field, reason=reason, notes=tuple(notes))


def _known(name: str, rule: FieldRule, evidence: Evidence, reason: str) -> ProposedField:
    kind = next((kind for kind in rule.types if kind in evidence.kinds), rule.types[0])
    return ProposedField(name=name, kind=kind, categorical=rule.categorical, reason=reason)


def _own(name: str, evidence: Evidence) -> ProposedField:
    nullable = name not in NEVER_NULL and evidence.empty > 0
    kind, reason = _kind(name, evidence)
    if kind != "string" or not _is_categorical(name, evidence):
        return ProposedField(name=name, kind=kind, nullable=nullable, reason=reason)
    parts = ", also several in a value, between |" if evidence.has_lists else f" in {evidence.values:,} rows"
    reason = f"{len(evidence.categories):,} different categories{parts}"
    return ProposedField(name=name, kind=kind, nullable=nullable, categorical=True, reason=reason)


def _kind(name: str, evidence: Evidence) -> tuple[str, str]:
    """Returns the type of a field of the data's own, and why."""
    if name in IDS:
        return "string", "an id"
    if not evidence.values:
        return "string", "there are no values"
    if "boolean" in evidence.kinds:
        return "boolean", "all values are true or false"
    is_whole = not evidence.fractions and not evidence.no_numbers
    if evidence.kinds and is_whole and evidence.leading_zeros:
        return "string", "whole numbers, of which some begin with a zero that a number would lose"
    if "int" in evidence.kinds:
        return "int", "all values are whole numbers of 32 bits"
    if "long" in evidence.kinds:
        return "long", "all values are whole numbers, of which some need 64 bits"
    if "float" in evidence.kinds and evidence.fractions:
        return "float", "all values are numbers, of which some have a decimal point or an exponent"
    if "float" in evidence.kinds and not is_whole:
        return "string", "some values are NaN or infinite, and none has a decimal point"
    if "float" in evidence.kinds:
        return "string", "whole numbers, of which some need more than 64 bits"
    exception = excerpt(evidence.exception or "")
    return "string", f"neither are all values numbers nor all true or false, such as {exception}"


def _is_categorical(name: str, evidence: Evidence) -> bool:
    if name in IDS or evidence.longest > MAX_STRING_LENGTH or len(evidence.categories) > MAX_CATEGORIES:
        return False
    return evidence.has_lists or (evidence.repeats and 2 * len(evidence.distinct) <= evidence.values)


def _number_notes(field: ProposedField, evidence: Evidence) -> Iterator[str]:
    if not evidence.values:
        yield "say what its values will be, or leave the column out"
    if field.kind not in ("int", "long", "float"):
        return
    if field.kind != "float" and (
        _LOOKS_LIKE_ID.fullmatch(field.name) or (evidence.values >= _MIN_VALUES and not evidence.repeats)
    ):
        yield "it may be an id or a code: then make it a string, or leave the column out"
    elif field.kind != "float" and evidence.values >= _MIN_VALUES and len(evidence.distinct) <= _MAX_CODES:
        yield (
            f"it has {len(evidence.distinct)} different values: if they are codes, and no amounts, make it a "
            "categorical string"
        )
    if evidence.precise:
        yield "some values have more than 7 digits, which a float does not keep; the type double does"
    if evidence.no_numbers:
        yield "some values are NaN or infinite: leave them empty"


def _string_notes(field: ProposedField, evidence: Evidence) -> Iterator[str]:
    if field.kind != "string" or field.categorical or field.name in IDS:
        return
    if len(evidence.categories) > MAX_CATEGORIES:
        yield f"it has more than {MAX_CATEGORIES:,} different values: too many for categories, or group them"
    elif evidence.values and evidence.longest <= MAX_STRING_LENGTH:
        different = f"{len(evidence.distinct):,} different values in {evidence.values:,}"
        yield f"it has {different}: make it categorical if they are categories"


def _choose_textual(fields: Sequence[ProposedField], columns: Mapping[str, Evidence]) -> tuple[ProposedField, ...]:
    """Makes the field with the longest texts textual."""
    lengths = {
        at: evidence.characters / evidence.values
        for at, (field, evidence) in enumerate(zip(fields, columns.values(), strict=True))
        if field.kind == "string" and not field.categorical and field.name not in NEVER_NULL and evidence.values
    }
    texts = [at for at, length in lengths.items() if length >= _MIN_TEXT_LENGTH]
    if not texts:
        return tuple(fields)
    longest = max(texts, key=lambda at: lengths[at])
    return tuple(
        _textual(field, lengths[at], fields[longest].name) if at in texts else field for at, field in enumerate(fields)
    )


def _textual(field: ProposedField, length: float, chosen: str) -> ProposedField:
    if field.name != chosen:
        note = f"its values have {length:,.0f} characters on average; only one field may be textual, here {chosen}"
        return replace(field, notes=(*field.notes, note))
    null = field.reason.partition("; ")[2]
    reason = f"text of {length:,.0f} characters on average{null and f'; {null}'}"
    return replace(field, textual=True, reason=reason, notes=())


def _empty(evidence: Evidence) -> str:
    return f"{evidence.empty:,} of {evidence.empty + evidence.values:,} values are empty"
