"""Chooses the type of a field by the values of its column, and whether these are categories."""

from typing import NamedTuple

from cdk_data_jobs_check.column_profile import MAX_CATEGORIES, ColumnProfile
from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_check.schema_rules import IDS, FieldRule
from cdk_data_jobs_check.time_columns import describe_times

_MAX_SPELLINGS = 4  # of booleans, in a reason


class FieldType(NamedTuple):
    """The type of a field.

    Attributes:
        avro_type: The type, besides null.
        reason: Why it is so.
        categorical: Whether its values are categories.
    """

    avro_type: str
    reason: str
    categorical: bool = False


def known_type(rule: FieldRule, profile: ColumnProfile, reason: str) -> FieldType:
    """Chooses one of the types that a required or reserved field may have.

    Args:
        rule: What the field must be.
        profile: The values.
        reason: Why it is such a field.
    """
    fitting = (avro_type for avro_type in rule.types if avro_type == "string" or profile.is_of(avro_type))
    return FieldType(next(fitting, rule.types[0]), reason, rule.categorical)


def own_type(name: str, profile: ColumnProfile) -> FieldType:
    """Chooses the type of a field that is neither required nor reserved.

    Args:
        name: Its name.
        profile: The values.
    """
    if name in IDS:
        return FieldType("string", "an id")
    if not profile.filled_count:
        return FieldType("string", "there are no values")
    if profile.is_of("boolean") and not profile.is_of("int"):
        return FieldType("boolean", _boolean_reason(profile))
    is_code = profile.has_leading_zeros and not profile.has_fractions
    number = _number_type(profile) if profile.is_of("float") and not is_code else None
    return number or _string_type(profile)


def _boolean_reason(profile: ColumnProfile) -> str:
    spellings = sorted(profile.distinct)
    if {spelling.lower() for spelling in spellings} <= {"true", "false"}:
        return "all values are true or false"
    return f"all values say true or false: {', '.join(map(excerpt, spellings[:_MAX_SPELLINGS]))}"


def _number_type(profile: ColumnProfile) -> FieldType | None:
    """Returns the type of numbers; None if none of these types keeps them."""
    # pandas writes integers as floats only if there are missing values beside them.
    if not profile.has_whole_floats or profile.missing_count:
        if profile.is_of("int"):
            return FieldType("int", "all values are whole numbers of 32 bits")
        if profile.is_of("long"):
            return FieldType("long", "all values are whole numbers, of which some need 64 bits")
    if profile.has_fractions or profile.has_whole_floats:
        return FieldType("float", "all values are numbers, of which some have a decimal point or an exponent")
    return None


def _string_type(profile: ColumnProfile) -> FieldType:
    if times := describe_times(profile):
        return FieldType("string", f"all values are {times}")
    if _is_categorical(profile):
        among = ", also several in a value, between |"
        rows = among if profile.has_multiple_categories else f" in {profile.filled_count:,} rows"
        return FieldType("string", f"{len(profile.categories):,} different categories{rows}", categorical=True)
    if not profile.is_of("float"):
        example = excerpt(profile.exception_to("float"))
        return FieldType("string", f"neither are all values numbers nor all true or false, such as {example}")
    if profile.has_leading_zeros:
        return FieldType("string", "whole numbers, of which some begin with a zero that a number would lose")
    if profile.has_nan_or_infinity:
        return FieldType("string", "some values are NaN or infinite, and none has a decimal point")
    return FieldType("string", "whole numbers, of which some need more than 64 bits")


def _is_categorical(profile: ColumnProfile) -> bool:
    """Returns whether strings, or the parts of them between `|`, come twice on average."""
    return len(profile.categories) <= MAX_CATEGORIES and 2 * len(profile.categories) <= profile.category_count
