"""The fields that the guide lists are accepted as it lists them."""

from __future__ import annotations

import json

import pytest

from cdk_data_jobs_check import Schema
from cdk_data_jobs_check.schema_rules import DATASETS, IDENTITY, UNCOUNTED_FIELDS

LISTED = [(domain, dataset_type) for domain, datasets in DATASETS.items() for dataset_type in datasets]


@pytest.mark.parametrize(("domain", "dataset_type"), LISTED)
def test_a_schema_of_all_known_fields_has_no_violations(domain: str | None, dataset_type: str) -> None:
    rules = DATASETS[domain][dataset_type]
    fields = [
        {"name": name, "type": rule.types[0], "categorical": rule.categorical} for name, rule in rules.known.items()
    ]
    if rules.needs_another:
        fields.append({"name": "OWN", "type": "int", "categorical": False})
    document = json.dumps({"type": "record", "name": dataset_type, "fields": fields})

    assert Schema.parse(document, domain).warnings == ()


@pytest.mark.parametrize(("domain", "dataset_type"), LISTED)
def test_a_domain_requires_at_least_what_every_dataset_does(domain: str | None, dataset_type: str) -> None:
    required = DATASETS[domain][dataset_type].required

    assert required.keys() >= DATASETS[None][dataset_type].required.keys()
    assert IDENTITY.get(dataset_type, "USER_ID") in required


def test_event_types_are_limited_together_with_known_fields() -> None:
    for domain, dataset_type in LISTED:
        rules = DATASETS[domain][dataset_type]
        is_limited = rules.max_event_types is not None
        assert is_limited == (dataset_type == "Interactions")
        assert not is_limited or {*rules.known} - UNCOUNTED_FIELDS == {"EVENT_TYPE", "EVENT_VALUE"}
