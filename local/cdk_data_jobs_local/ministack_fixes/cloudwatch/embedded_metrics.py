"""Metrics in log lines, in CloudWatch's embedded metric format.

By the user guide's "Specification: CloudWatch embedded metric format". What does not follow it
is ignored, as in CloudWatch.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MAX_VALUES, _MAX_DIMENSIONS = 100, 30
_MAX_PAST, _MAX_FUTURE = 14 * 86_400, 2 * 3600


@dataclass(frozen=True, kw_only=True)
class EmbeddedMetric:
    """One metric of a log line, with the values that the line gives it.

    Args:
        namespace: The metric's namespace.
        name: Its name.
        dimensions: Its dimensions; each set of them is a metric of its own.
        unit: The values' unit.
        values: The values.
        time: The values' time in Unix seconds.
    """

    namespace: str
    name: str
    dimensions: dict[str, str]
    unit: str
    values: list[float]
    time: float


def read(message: str, now: float) -> Iterator[EmbeddedMetric]:
    """Reads the metrics of a log line.

    Args:
        message: The line.
        now: The time; metrics that are more than two weeks older, or two hours newer, are ignored.
    """
    document = _document(message)
    metadata = document.get("_aws")
    if not isinstance(metadata, dict) or not _is_number(metadata.get("Timestamp")):
        return
    time = metadata["Timestamp"] / 1000
    if not now - _MAX_PAST <= time <= now + _MAX_FUTURE:
        return
    for directive in _dictionaries(metadata.get("CloudWatchMetrics")):
        namespace = directive.get("Namespace")
        if not isinstance(namespace, str) or namespace.startswith("AWS/"):
            continue
        for metric in _dictionaries(directive.get("Metrics")):
            values = _values(document.get(str(metric.get("Name"))))
            for dimensions in _dimensions(directive.get("Dimensions"), document) if values else ():
                yield EmbeddedMetric(
                    namespace=namespace,
                    name=metric["Name"],
                    dimensions=dimensions,
                    unit=metric.get("Unit", "None"),
                    values=values,
                    time=time,
                )


def _document(message: str) -> dict[str, Any]:
    try:
        document = json.loads(message) if '"_aws"' in message else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _dictionaries(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _dimensions(found: object, document: dict[str, Any]) -> Iterator[dict[str, str]]:
    for names in found if isinstance(found, list) else []:
        if isinstance(names, list) and len(names) <= _MAX_DIMENSIONS:
            dimensions = {name: value for name in names if isinstance(value := document.get(name), str)}
            if len(dimensions) == len(set(names)):
                yield dimensions


def _values(found: object) -> list[float]:
    values: list[Any] = found if isinstance(found, list) else [found]
    return values if len(values) <= _MAX_VALUES and all(map(_is_number, values)) else []


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
