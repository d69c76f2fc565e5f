"""Options of exports of tables."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_data_jobs._support.mappings import without_none
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError, validate_choice

_MIN_PERIOD, _MAX_PERIOD = dt.timedelta(minutes=15), dt.timedelta(hours=24)


class ExportFormat(enum.Enum):
    """The format of exported files (ExportTableToPointInTime, ExportFormat)."""

    DYNAMODB_JSON = "DYNAMODB_JSON"
    """An item as JSON with types on each line, in files compressed by gzip."""

    ION = "ION"
    """Amazon Ion."""


class ExportViewType(enum.Enum):
    """What an incremental export has of each changed item (IncrementalExportSpecification, ExportViewType)."""

    NEW_IMAGE = "NEW_IMAGE"
    """The item as it is at the end of the period."""

    NEW_AND_OLD_IMAGES = "NEW_AND_OLD_IMAGES"
    """The item as it was at the beginning of the period, too."""


class S3SseAlgorithm(enum.Enum):
    """The encryption of exported files (ExportTableToPointInTime, S3SseAlgorithm)."""

    AES256 = "AES256"
    """With keys of S3."""

    KMS = "KMS"
    """With a key of AWS KMS."""


@dataclass(frozen=True, kw_only=True)
class IncrementalExportSpecification:
    """The period whose changes are exported (Amazon DynamoDB API Reference, IncrementalExportSpecification).

    Attributes:
        export_from_time: When the period begins: a time with a time zone, or a token; 15 minutes to 24 hours before its
            end (AWS Database Blog, "Introducing incremental export from Amazon DynamoDB to Amazon S3").
        export_to_time: When it has ended, which is not part of it. By default the latest time with data.
        export_view_type: What is exported of each changed item. By default the service's own choice, both images.

    Raises:
        ValueError: If a time is none, or the period is shorter or longer than that.
    """

    export_from_time: dt.datetime | str
    export_to_time: dt.datetime | str | None = None
    export_view_type: ExportViewType | None = None

    def __post_init__(self) -> None:
        """Validates the period.

        Raises:
            ValidationError: If there is none.
        """
        begin, end = self.export_from_time, self.export_to_time
        validate_time(begin, "export_from_time", required=True)
        validate_time(end, "export_to_time")
        validate_choice(self.export_view_type, ExportViewType, "export_view_type")
        if isinstance(begin, dt.datetime) and isinstance(end, dt.datetime):
            period = end - begin
            if not _MIN_PERIOD <= period <= _MAX_PERIOD:
                raise ValidationError(
                    "export_to_time must be 15 minutes to 24 hours later than export_from_time, "
                    f"{begin.isoformat()}, got {end.isoformat()}"
                )

    @property
    def parameter(self) -> dict[str, Any]:
        """The parameter of the create call."""
        return without_none(
            {
                "ExportFromTime": self.export_from_time,
                "ExportToTime": self.export_to_time,
                "ExportViewType": self.export_view_type and self.export_view_type.value,
            }
        )


@dataclass(frozen=True, kw_only=True)
class FilterSpecification:
    """The items and attributes that are exported (Amazon DynamoDB API Reference, FilterSpecification).

    The SDK of AWS's Python runtime was last seen not to know it: needs `DataJobRunner(layers=...)` with a newer one.

    Attributes:
        filter_expression: The condition that exported items meet, as for a scan. By default all do.
        projection_expression: The attributes that are exported, separated by commas. By default all.
        key_condition_expression: The partition key, and maybe a condition of the sort key, of the items that are
            exported. By default all items.
        expression_attribute_names: Placeholders in the expressions to names of attributes. By default there are none.
        expression_attribute_values: Placeholders in the expressions to values, in the spelling of the API, e.g.
            `{":year": {"N": "2026"}}`. By default there are none.
    """

    filter_expression: str | None = None
    projection_expression: str | None = None
    key_condition_expression: str | None = None
    expression_attribute_names: Mapping[str, str] | None = None
    expression_attribute_values: Mapping[str, Any] | None = None

    @property
    def parameter(self) -> dict[str, Any]:
        """The parameter of the create call."""
        return without_none(
            {
                "FilterExpression": self.filter_expression,
                "ProjectionExpression": self.projection_expression,
                "KeyConditionExpression": self.key_condition_expression,
                "ExpressionAttributeNames": self.expression_attribute_names,
                "ExpressionAttributeValues": self.expression_attribute_values,
            }
        )


def validate_time(value: object, argument: str, *, required: bool = False) -> None:
    """Validates that an argument is a time that a template can hold, or left out.

    Args:
        value: The argument's value, which may be a token.
        argument: The argument's name, for the message.
        required: Whether it may not be left out.

    Raises:
        ValidationError: If it is anything else.
    """
    if is_unresolved(value) or (value is None and not required):
        return
    if not isinstance(value, dt.datetime) or value.tzinfo is None or value.microsecond % 1000:
        raise ValidationError(
            f"{argument} must be a datetime with a time zone and whole milliseconds, or a token, got {value!r}"
        )
