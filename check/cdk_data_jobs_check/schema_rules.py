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
        categorical: Whether it must be categorical; other strings must not be.
        may_be_null: Whether it may also have the type null, if it is reserved; a required one may not in any case.
    """

    types: tuple[str, ...]
    categorical: bool = False
    may_be_null: bool = True


@dataclass(frozen=True, kw_only=True)
class DatasetRules:
    """What the schema of a dataset of one type must have.

    Attributes:
        required: The required fields, which must not have the type null.
        reserved: The fields whose names mean something to the service.
        needs_another: Whether it must have one more field than those required.
        max_metadata: How many other fields it may have.
        max_event_types: How many different event types the data may have, together with its optional columns; None
            where the guide names no limit.
    """

    required: Mapping[str, FieldRule]
    reserved: Mapping[str, FieldRule] = field(default_factory=dict)
    needs_another: bool = False
    max_metadata: int
    max_event_types: int | None = None

    @property
    def known(self) -> Mapping[str, FieldRule]:
        """The required and the reserved fields."""
        return {**self.reserved, **self.required}


_MAX_EVENT_TYPES = 10
UNCOUNTED_FIELDS = frozenset(
    {"USER_ID", "ITEM_ID", "TIMESTAMP", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE"}
)
"""The fields of interactions that do not count among the event types and optional columns; all others do."""

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
_DOMAIN_INTERACTIONS = DatasetRules(
    required={**_EVENT, "EVENT_TYPE": _STRING},
    reserved=_EVENT_DETAILS,
    max_metadata=5,
    max_event_types=_MAX_EVENT_TYPES,
)

DATASETS: Mapping[str | None, Mapping[str, DatasetRules]] = {
    None: {
        "Interactions": DatasetRules(
            required=_EVENT,
            reserved={"EVENT_TYPE": FieldRule(("string",), may_be_null=False), **_EVENT_DETAILS},
            max_metadata=5,
            max_event_types=_MAX_EVENT_TYPES,
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
            max_metadata=5,
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

IDENTITY = {"Users": "USER_ID", "Items": "ITEM_ID", "Actions": "ACTION_ID"}
"""The column that identifies a row; the rows of other dataset types are events."""

IDS = frozenset(IDENTITY.values())
NEVER_NULL = IDS | {"EVENT_TYPE", "TIMESTAMP"}
"""The fields that the guide lists without null wherever it lists them."""

MAX_TEXTUAL_FIELDS = 1
"""In a schema of items; no other has textual fields."""

MAX_SCHEMA_LENGTH, MAX_CLOUDFORMATION_SCHEMA_LENGTH = 20_000, 10_000
"""Of a schema as JSON, in characters: the service's limit, and that of the resource AWS::Personalize::Schema."""

MAX_ID_LENGTH, MAX_EVENT_TYPE_LENGTH, MAX_STRING_LENGTH, MAX_TEXT_LENGTH = 256, 256, 1000, 20_000
"""Of values, in characters; a string is any other, categorical or not. The guide limits how long a categorical value
is, but neither how many categories it has nor how many there are in a column."""
