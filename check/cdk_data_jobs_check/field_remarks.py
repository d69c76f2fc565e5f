"""Says what a reader should know of a proposed field, besides what it is."""

import enum
import re
from collections.abc import Iterator
from typing import NamedTuple

from cdk_data_jobs_check.column_profile import MAX_CATEGORIES, ColumnProfile
from cdk_data_jobs_check.column_rules import ColumnRules, length_limit
from cdk_data_jobs_check.columns import Column
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.number_patterns import MIN_MILLISECONDS_DIGITS
from cdk_data_jobs_check.rules import RULES, Severity
from cdk_data_jobs_check.schema_rules import IDS, MAX_STRING_LENGTH

_MIN_VALUES = 20  # fewer say nothing about how often a value comes back
_MAX_CODES = 10
_LOOKS_LIKE_ID = re.compile(r"(?:^|.*_)(?:ID|CODE|ZIP|POSTCODE|PHONE|SKU|EAN|ISBN)", re.IGNORECASE)
_MIN_MILLISECONDS = 10 ** (MIN_MILLISECONDS_DIGITS - 1)
_MAX_MILLISECONDS = 10**14  # the year 5138; more are microseconds
_NUMBERS = frozenset({"int", "long", "float"})


class RemarkKind(enum.Enum):
    """What is to be done about a remark."""

    PROBLEM = "problem"
    """The files cannot be imported, not even after `data-jobs convert`."""

    CONVERSION = "conversion"
    """An import needs `data-jobs convert`, which changes this."""

    NOTE = "note"
    """It is to be looked at before the schema is used."""


class Remark(NamedTuple):
    """What a reader should know of a field.

    Attributes:
        kind: What is to be done.
        message: What it is.
    """

    kind: RemarkKind
    message: str


def value_remarks(field: Column, profile: ColumnProfile, dataset_type: str) -> Iterator[Remark]:
    """Yields what there is to say of the values of any field's column.

    Args:
        field: The proposed field.
        profile: The values.
        dataset_type: The dataset type.
    """
    [avro_type] = field.types - {"null"}
    if ColumnRules(field, dataset_type).is_timestamp:
        yield from _time_remarks(avro_type, profile)
    elif avro_type != "string" and profile.filled_count and not profile.is_of(avro_type):
        yield _problem(f"not all values are of type {avro_type}, such as {excerpt(profile.exception_to(avro_type))}")
    yield from _missing_remarks(field, avro_type, profile)
    if profile.undecoded_example:
        yield _problem(
            f"some values are not in the encoding of the file, such as {excerpt(profile.undecoded_example)}: "
            "name it, such as --encoding cp1252"
        )
    limit = length_limit(field, dataset_type)
    if avro_type == "string" and profile.max_length > limit.characters:
        kind = RemarkKind.PROBLEM if RULES[limit.rule].severity is Severity.ERROR else RemarkKind.NOTE
        message = f"the longest value has {profile.max_length:,} characters, and may have {limit.characters:,}"
        yield Remark(kind, f"{message}: {limit.consequence}")
    if avro_type == "boolean" and not profile.distinct <= {"true", "false"}:
        yield _conversion(f"{_examples(profile)} to true and false")
    elif avro_type in ("int", "long") and profile.has_whole_floats:
        yield _conversion("whole numbers such as 30.0 to 30")
    if avro_type == "string" and profile.has_line_breaks:
        yield _conversion("line breaks to spaces")
    if avro_type == "string" and profile.unescaped:
        escapes = [f"{character} to \\{character}" for character in sorted(profile.unescaped)]
        yield _conversion(f"in values {' and '.join(escapes)}")
    if avro_type != "string" and profile.has_spaces:
        yield _conversion("values without the spaces around them")


def own_remarks(field: Column, profile: ColumnProfile) -> Iterator[Remark]:
    """Yields what there is to ask about a field that is neither required nor reserved.

    Args:
        field: The proposed field.
        profile: The values.
    """
    [avro_type] = field.types - {"null"}
    if not profile.filled_count:
        yield _note("say what its values will be, or leave the column out")
    elif avro_type in _NUMBERS:
        yield from _number_notes(field.name, avro_type, profile)
    elif avro_type == "boolean" and not profile.distinct <= {"true", "false", "True", "False"}:
        yield _note("if these are no booleans, make it a categorical string")
    elif avro_type == "string" and not field.categorical and not field.textual and field.name not in IDS:
        yield from _string_notes(profile)


def _time_remarks(avro_type: str, profile: ColumnProfile) -> Iterator[Remark]:
    if not profile.filled_count:
        return
    number = "seconds" if avro_type == "float" else "whole seconds"
    if not profile.is_of(number, "local time"):
        example = excerpt(profile.exception_to(number, "local time"))
        yield _problem(f"not all values are exact Unix times in seconds or times in ISO 8601, such as {example}")
        return
    if profile.far_time_example:
        example = excerpt(profile.far_time_example)
        yield _problem(f"some times are after the year 5137, such as {example}, whose seconds look like milliseconds")
    if profile.has("local time"):
        option = "" if profile.is_of(number, "time") else ", with the option --time-zone, such as --time-zone UTC"
        yield _conversion(f"times in ISO 8601 to seconds{option}")
    if not profile.is_of(avro_type, "local time"):
        yield _conversion(f"whole numbers such as {excerpt(profile.exception_to(avro_type, 'local time'))} to integers")
    minimum, maximum = profile.minimum or 0, profile.maximum or 0
    if max(-minimum, maximum) < _MIN_MILLISECONDS:
        return
    if minimum < _MIN_MILLISECONDS:
        yield _problem("some times are in seconds, and some in milliseconds or less: write all in seconds")
    elif maximum >= _MAX_MILLISECONDS:
        yield _problem("its times are in microseconds or less: write them in seconds")
    elif not profile.is_of("whole seconds", "local time"):
        yield _problem("its times are in milliseconds, and some have a fraction: write them in seconds")
    else:
        yield _conversion("milliseconds to seconds, with the option --milliseconds")


def _missing_remarks(field: Column, avro_type: str, profile: ColumnProfile) -> Iterator[Remark]:
    if "null" in field.types:
        if profile.null_count:
            values = f"such as {excerpt(profile.null_example)}, in {profile.null_count:,} of {profile.row_count:,}"
            yield _conversion(f"null to an empty value, {values}")
        return
    if profile.empty_count:
        yield _problem(
            f"{profile.empty_count:,} of {profile.row_count:,} values are empty, and the service refuses that"
        )
    if profile.has_blanks and avro_type != "string":
        yield _problem("some values have nothing but spaces, and the service refuses that")
    if profile.null_count:
        alike = f"{profile.null_count:,} of {profile.row_count:,} values are {excerpt(profile.null_example)} or alike"
        if avro_type == "string" and not profile.has_sql_null:
            yield _note(f"{alike}, and are taken for strings, as it cannot be null")
        else:
            yield _problem(f"{alike}, and the service refuses null")


def _number_notes(name: str, avro_type: str, profile: ColumnProfile) -> Iterator[Remark]:
    has_many = profile.filled_count >= _MIN_VALUES
    if avro_type == "float":
        if not profile.has_fractions:
            yield _note("all values are whole, such as 30.0: make it an int or a long if they are counts")
        if profile.exceeds_float_precision:
            yield _note("some values have more than 7 digits, which a float does not keep; the type double does")
        if profile.has_nan_or_infinity:
            yield _note("some values are NaN or infinite: leave them empty")
    elif _LOOKS_LIKE_ID.fullmatch(name) or (has_many and not profile.has_duplicates):
        yield _note("it may be an id or a code: then make it a string, or leave the column out")
    elif has_many and len(profile.distinct) <= _MAX_CODES:
        codes = f"it has {len(profile.distinct)} different values: if they are codes, and no amounts"
        yield _note(f"{codes}, make it a categorical string{', or a boolean' if profile.is_of('boolean') else ''}")


def _string_notes(profile: ColumnProfile) -> Iterator[Remark]:
    if len(profile.categories) > MAX_CATEGORIES:
        yield _note(f"it has more than {MAX_CATEGORIES:,} different values: too many for categories, or group them")
    elif profile.max_length <= MAX_STRING_LENGTH:
        different = f"{len(profile.distinct):,} different values in {profile.filled_count:,}"
        yield _note(f"it has {different}: make it categorical if they are categories")


def _examples(profile: ColumnProfile) -> str:
    return " and ".join(excerpt(value) for value in sorted(profile.distinct)[:2])


def _problem(message: str) -> Remark:
    return Remark(RemarkKind.PROBLEM, message)


def _conversion(message: str) -> Remark:
    return Remark(RemarkKind.CONVERSION, message)


def _note(message: str) -> Remark:
    return Remark(RemarkKind.NOTE, message)
