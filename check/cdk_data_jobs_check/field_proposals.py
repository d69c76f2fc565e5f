"""Proposes each field's type and attributes, with reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs_check.column_profile import ColumnProfile
from cdk_data_jobs_check.columns import Column
from cdk_data_jobs_check.field_names import name_fields
from cdk_data_jobs_check.field_remarks import Remark, RemarkKind, own_remarks, value_remarks
from cdk_data_jobs_check.field_types import FieldType, known_type, own_type
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.schema_rules import DATASETS, NEVER_NULL, DatasetRules
from cdk_data_jobs_check.spellings import plain_name
from cdk_data_jobs_check.time_columns import describe_times

_TIMES = ("TIMESTAMP", "CREATION_TIMESTAMP")
"""The fields that say when an event happened or an item was created, which a column of another name may do."""

_MIN_TEXT_LENGTH = 50  # characters on average: names and titles are shorter, descriptions longer


@dataclass(frozen=True, kw_only=True)
class ProposedField:
    """A field of a proposed schema.

    Attributes:
        name: Its name.
        column: The name of its column in the files.
        avro_type: Its type, besides null.
        nullable: Whether it may be null.
        categorical: Whether its values are categories.
        textual: Whether its values are unstructured text.
        reason: Why it is so.
        remarks: What else a reader should know of it.
    """

    name: str
    column: str
    avro_type: str
    nullable: bool = False
    categorical: bool = False
    textual: bool = False
    reason: str
    remarks: tuple[Remark, ...] = ()

    @property
    def needs_conversion(self) -> bool:
        """Whether `data-jobs convert` must change the column before an import."""
        return self.column != self.name or any(remark.kind is RemarkKind.CONVERSION for remark in self.remarks)

    @property
    def attributes(self) -> dict[str, Any]:
        """The field as the schema has it."""
        flags = {"categorical": self.categorical, "textual": self.textual}
        return {
            "name": self.name,
            "type": ["null", self.avro_type] if self.nullable else self.avro_type,
            **{name: True for name, is_set in flags.items() if is_set},
        }


def propose_fields(
    columns: Mapping[str, ColumnProfile], dataset_type: str, domain: str | None
) -> tuple[ProposedField, ...]:
    """Proposes the fields of a schema, in the order of the columns.

    Args:
        columns: What the values of each column are, by its name.
        dataset_type: The dataset type.
        domain: The domain of the dataset group; None without one.
    """
    return tuple(_Proposer(columns, dataset_type, DATASETS[domain][dataset_type]).fields())


class _Proposer:
    def __init__(self, columns: Mapping[str, ColumnProfile], dataset_type: str, rules: DatasetRules) -> None:
        self._columns = columns
        self._dataset_type = dataset_type
        self._rules = rules
        self._known = rules.known
        self._names = name_fields(columns, self._known)
        unused_times = [name for name in _TIMES if name in self._known and name not in self._names.values()]
        self._unused_time = unused_times[0] if unused_times else ""
        self._renamed_time = self._take_time_column()
        self._types = {column: self._type_of(column) for column in columns}
        self._texts = self._find_texts()

    def fields(self) -> Iterator[ProposedField]:
        """Yields the field of each column."""
        for column, (avro_type, reason, categorical) in self._types.items():
            name, profile = self._names[column], self._columns[column]
            is_textual = column == self._textual_column
            has_nulls = profile.missing_count > 0 or (profile.has_blanks and avro_type != "string")
            is_nullable = has_nulls and name not in self._rules.required and name not in NEVER_NULL
            reasons = [f"text of {self._texts[column]:,.0f} characters on average" if is_textual else reason]
            if is_nullable:
                missing = f"{profile.missing_count:,} of {profile.row_count:,} values are empty"
                reasons.append(missing if profile.missing_count else "some values have nothing but spaces")
            field = Column(
                name=name,
                types=frozenset({avro_type, "null"} if is_nullable else {avro_type}),
                categorical=categorical,
                textual=is_textual,
            )
            yield ProposedField(
                name=name,
                column=column,
                avro_type=avro_type,
                nullable=is_nullable,
                categorical=categorical,
                textual=is_textual,
                reason="; ".join(reasons),
                remarks=(
                    *self._name_remarks(column),
                    *value_remarks(field, profile, self._dataset_type),
                    *(() if name in self._known else self._own_remarks(column, field)),
                ),
            )

    @property
    def _textual_column(self) -> str | None:
        """The column with the longest texts on average."""
        return max(self._texts, key=self._texts.__getitem__, default=None)

    def _take_time_column(self) -> str | None:
        """Makes the only column of times the required one, if there is none of its name, and returns it."""
        own = [column for column, name in self._names.items() if name not in self._known]
        times = [column for column in own if describe_times(self._columns[column])]
        if self._unused_time not in self._rules.required or len(times) != 1:
            return None
        self._names[times[0]] = self._unused_time
        return times[0]

    def _type_of(self, column: str) -> FieldType:
        name, profile = self._names[column], self._columns[column]
        rule = self._known.get(name)
        if rule is None:
            return own_type(name, profile)
        is_required = name in self._rules.required
        reason = f"required in {self._dataset_type}" if is_required else f"reserved in {self._dataset_type}"
        return known_type(rule, profile, reason if is_required else f"{reason}, with this type")

    def _find_texts(self) -> dict[str, float]:
        """Returns the average length of the values of each column of texts."""
        if self._dataset_type != "Items":
            return {}
        lengths = {
            column: profile.total_length / profile.filled_count
            for column, profile in self._columns.items()
            if profile.filled_count and self._may_be_text(column)
        }
        return {column: length for column, length in lengths.items() if length >= _MIN_TEXT_LENGTH}

    def _may_be_text(self, column: str) -> bool:
        avro_type, _, categorical = self._types[column]
        return avro_type == "string" and not categorical and self._names[column] not in NEVER_NULL

    def _name_remarks(self, column: str) -> Iterator[Remark]:
        name = self._names[column]
        if column == self._renamed_time:
            times = describe_times(self._columns[column])
            yield Remark(RemarkKind.PROBLEM, f"its values are {times}: rename the column {excerpt(column)} to {name}")
        alike = [other for other in self._columns if plain_name(other) == plain_name(column) and other != column]
        if alike:
            names = ", ".join(map(excerpt, alike))
            message = f"its name is as that of {names}, but for case and separators: leave out all but one"
            yield Remark(RemarkKind.NOTE, message)

    def _own_remarks(self, column: str, field: Column) -> Iterator[Remark]:
        profile = self._columns[column]
        if times := describe_times(profile):
            hint = "leave the column out, or write numbers that say something by themselves"
            if self._unused_time and self._unused_time not in self._names.values():
                hint = f"if {self._unused_time} is meant, rename the column: `data-jobs convert` writes seconds"
            yield Remark(RemarkKind.NOTE, f"its values look like {times}: {hint}")
        elif column in self._texts and not field.textual:
            length = f"its values have {self._texts[column]:,.0f} characters on average"
            textual = self._names[self._textual_column or ""]
            yield Remark(RemarkKind.NOTE, f"{length}; only one field may be textual, here {textual}")
        else:
            yield from own_remarks(field, profile)
