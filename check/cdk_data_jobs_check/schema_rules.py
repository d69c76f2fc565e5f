"""The fields that the schemas of each dataset type have, by the domain of the dataset group.

Source: the developer guide's "Custom datasets and schemas", "ECOMMERCE datasets and schemas", "VIDEO_ON_DEMAND datasets
and schemas" and "Amazon Personalize endpoints and quotas". A reserved field may have the type null everywhere, because
the tables and examples of the guide disagree on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FieldRule:
    """What a field must be that is required or reserved.

    Attributes:
        types: The types, one of which it must have.
        categorical: Whether it must be categorical; a string that need not be must not be.
    """

    types: tuple[str, ...]
    categorical: bool = False


@dataclass(frozen=True, kw_only=True)
class DatasetRules:
    """What the schema of a dataset of one type must have.

    Attributes:
        required: The required fields, which must not have the type null.
        reserved: The fields whose names mean something to the service.
        needs_another: Whether it must have one more field than those required.
        max_metadata: How many other fields it may have; None where the guide names no limit.
    """

    required: Mapping[str, FieldRule]
    reserved: Mapping[str, FieldRule] = field(default_factory=dict)
    needs_another: bool = False
    max_metadata: int | None = None


_STRING, _CATEGORY = FieldRule(("string",)), FieldRule(("string",), categorical=True)
_LONG, _FLOAT = FieldRule(("long",)), FieldRule(("float",))
_LONG_OR_FLOAT = FieldRule(("long", "float"))  # CREATION_TIMESTAMP is the one on some pages, the other on others

_EVENT = {"USER_ID": _STRING, "ITEM_ID": _STRING, "TIMESTAMP": _LONG}
_EVENT_DETAILS = {
    "EVENT_VALUE": _FLOAT,
    "IMPRESSION": _STRING,
    "RECOMMENDATION_ID": _STRING,
    "EVENT_ATTRIBUTION_SOURCE": _STRING,
}
_DOMAIN_INTERACTIONS = DatasetRules(required={**_EVENT, "EVENT_TYPE": _STRING}, reserved=_EVENT_DETAILS, max_metadata=5)

DATASETS: Mapping[str | None, Mapping[str, DatasetRules]] = {
    None: {
        "Interactions": DatasetRules(
            required=_EVENT, reserved={"EVENT_TYPE": _STRING, **_EVENT_DETAILS}, max_metadata=5
        ),
        "Users": DatasetRules(required={"USER_ID": _STRING}, needs_another=True, max_metadata=25),
        "Items": DatasetRules(
            required={"ITEM_ID": _STRING},
            reserved={"CREATION_TIMESTAMP": _LONG_OR_FLOAT},
            needs_another=True,
            max_metadata=100,
        ),
        "Actions": DatasetRules(
            required={"ACTION_ID": _STRING},
            # The table and the list of the same page spell the field for the expiration differently.
            reserved={
                "CREATION_TIMESTAMP": _LONG_OR_FLOAT,
                "VALUE": _LONG,
                "TYPE": _STRING,
                "EXPIRATION_TIMESTAMP": _LONG,
                "ACTION_EXPIRATION_TIMESTAMP": _LONG,
                "REPEAT_FREQUENCY": _LONG,
            },
            needs_another=True,
            max_metadata=10,
        ),
        "Action_Interactions": DatasetRules(
            required={"USER_ID": _STRING, "ACTION_ID": _STRING, "EVENT_TYPE": _STRING, "TIMESTAMP": _LONG},
            reserved={"IMPRESSION": _STRING, "RECOMMENDATION_ID": _STRING},
        ),
    },
    "ECOMMERCE": {
        "Interactions": _DOMAIN_INTERACTIONS,
        "Users": DatasetRules(required={"USER_ID": _STRING}, needs_another=True, max_metadata=25),
        "Items": DatasetRules(
            required={"ITEM_ID": _STRING, "PRICE": _FLOAT, "CATEGORY_L1": _CATEGORY},
            reserved={
                "CATEGORY_L2": _CATEGORY,
                "CATEGORY_L3": _CATEGORY,
                "PRODUCT_DESCRIPTION": _STRING,
                # Two pages of the guide disagree.
                "CREATION_TIMESTAMP": _LONG_OR_FLOAT,
                "AGE_GROUP": _CATEGORY,
                "ADULT": _CATEGORY,
                "GENDER": _CATEGORY,
            },
            max_metadata=100,
        ),
    },
    "VIDEO_ON_DEMAND": {
        "Interactions": _DOMAIN_INTERACTIONS,
        "Users": DatasetRules(
            required={"USER_ID": _STRING},
            reserved={"SUBSCRIPTION_MODEL": _CATEGORY},
            needs_another=True,
            max_metadata=25,
        ),
        "Items": DatasetRules(
            required={"ITEM_ID": _STRING, "CREATION_TIMESTAMP": _LONG_OR_FLOAT, "GENRES": _CATEGORY},
            reserved={
                "PRICE": _FLOAT,
                "DURATION": _FLOAT,
                "GENRE_L2": _CATEGORY,
                "GENRE_L3": _CATEGORY,
                "AVERAGE_RATING": _FLOAT,
                "PRODUCT_DESCRIPTION": _STRING,
                "CONTENT_OWNER": _CATEGORY,
                "CONTENT_CLASSIFICATION": _CATEGORY,
            },
            max_metadata=100,
        ),
    },
}
"""By the domain of the dataset group, None without one, and by the name of the schema's record."""

OTHER_NAMES = {"actioninteractions": "Action_Interactions"}
"""What the guide's example of such a schema is called, in lower case."""

TYPES = frozenset({"string", "int", "long", "float", "double", "boolean", "null"})
MAX_TEXTUAL_FIELDS = 1
"""In a schema of items; no other has textual fields."""

MAX_ID_LENGTH, MAX_CATEGORY_LENGTH, MAX_TEXT_LENGTH = 256, 1000, 20_000
"""Of values, in characters."""
