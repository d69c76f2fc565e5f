"""Options of batch inference jobs."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z\d_]*")
_MAX_COLUMN_LENGTH = 150
_MAX_EXPLORATION_ENTRIES = 100
_MAX_EXPLORATION_KEY_LENGTH = 256
_MAX_EXPLORATION_VALUE_LENGTH = 1000


class BatchInferenceJobMode(enum.Enum):
    """The kind of output of a batch inference job (CreateBatchInferenceJob, batchInferenceJobMode)."""

    BATCH_INFERENCE = "BATCH_INFERENCE"
    """Recommendations."""

    THEME_GENERATION = "THEME_GENERATION"
    """Recommendations of similar items, with a theme for each group of them, at additional cost."""


class RankingInfluence(enum.Enum):
    """What influences the order of recommended items (BatchInferenceJobConfig, rankingInfluence)."""

    POPULARITY = "POPULARITY"
    """The popularity of an item."""

    FRESHNESS = "FRESHNESS"
    """The freshness of an item: how new it is."""


@dataclass(frozen=True, kw_only=True)
class BatchInferenceJobConfig:
    """The exploration and ranking of items (Amazon Personalize API Reference, BatchInferenceJobConfig).

    Attributes:
        item_exploration_config: Hyperparameters, such as `explorationWeight` and `explorationItemAgeCutOff`, to their
            values as strings. At most 100.
        ranking_influence: How much the popularity and the freshness of items count, each 0.0 to 1.0. The SDK of AWS's
            Python runtime was last seen not to know it: needs `DataJobRunner(layers=...)` with a newer one.

    Raises:
        ValueError: If the service would refuse a value.
    """

    item_exploration_config: Mapping[str, str] = field(default_factory=dict)
    ranking_influence: Mapping[RankingInfluence, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Validates the limits of the service.

        Raises:
            ValidationError: If a value is beyond them.
        """
        if len(self.item_exploration_config) > _MAX_EXPLORATION_ENTRIES:
            raise ValidationError(
                f"item_exploration_config must have at most {_MAX_EXPLORATION_ENTRIES} entries, got "
                f"{len(self.item_exploration_config)}"
            )
        for key, value in self.item_exploration_config.items():
            if not (isinstance(key, str) and isinstance(value, str)):
                raise ValidationError(
                    f"item_exploration_config must have strings as keys and values, got {value!r} for {key!r}"
                )
            for string, max_length in ((key, _MAX_EXPLORATION_KEY_LENGTH), (value, _MAX_EXPLORATION_VALUE_LENGTH)):
                if not is_unresolved(string) and len(string) > max_length:
                    raise ValidationError(
                        f"item_exploration_config must have keys of at most {_MAX_EXPLORATION_KEY_LENGTH} and values "
                        f"of at most {_MAX_EXPLORATION_VALUE_LENGTH} characters, got {len(string)} for {key[:40]!r}"
                    )
        for influence, weight in self.ranking_influence.items():
            if not isinstance(influence, RankingInfluence):
                raise ValidationError(
                    "ranking_influence must have RankingInfluence.POPULARITY or RankingInfluence.FRESHNESS as keys, "
                    f"got {influence!r}"
                )
            is_in_range = isinstance(weight, int | float) and 0 <= weight <= 1
            if isinstance(weight, str) or not (is_in_range or is_unresolved(weight)):
                raise ValidationError(f"ranking_influence must be 0.0 to 1.0, got {weight!r} for {influence.name}")

    @property
    def parameter(self) -> dict[str, Any]:
        """The parameter of the create call."""
        influence = {key.value: weight for key, weight in self.ranking_influence.items()}
        values = {"itemExplorationConfig": dict(self.item_exploration_config), "rankingInfluence": influence}
        return {key: value for key, value in values.items() if value}


@dataclass(frozen=True, kw_only=True)
class ThemeGenerationConfig:
    """The configuration of the generation of themes (Amazon Personalize API Reference, ThemeGenerationConfig).

    Attributes:
        item_name: The column of the Items dataset that holds the items' names: letters, digits and underscores, at
            most 150, not starting with a digit.

    Raises:
        ValueError: If it cannot be a column.
    """

    item_name: str

    def __post_init__(self) -> None:
        """Validates the column's name.

        Raises:
            ValidationError: If the service would refuse it.
        """
        name = self.item_name
        is_column = isinstance(name, str) and len(name) <= _MAX_COLUMN_LENGTH and _COLUMN.fullmatch(name)
        if not (is_column or is_unresolved(name)):
            raise ValidationError(
                f"item_name must be a column: letters, digits and underscores, at most {_MAX_COLUMN_LENGTH}, not "
                f"starting with a digit, got {name!r}"
            )

    @property
    def parameter(self) -> dict[str, Any]:
        """The parameter of the create call."""
        return {"fieldsForThemeGeneration": {"itemName": self.item_name}}
