"""A stage: steps that ask an AWS, and what they observe. A step that is done is not done again when a run resumes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from verify_aws.answers import matches, normalized, response_or_error, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify_aws.target import Target


@dataclass(kw_only=True)
class Observation:
    """What an AWS answered to one question.

    Attributes:
        facts: The facts that the answer settles.
        expected: What the test step expects.
        answer: The answer, normalized.
        details: What else is worth to know, such as durations and rows; it is not compared.
    """

    facts: tuple[str, ...]
    expected: Any
    answer: Any
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the answer is as expected."""
        return matches(self.expected, self.answer)

    def as_json(self) -> dict[str, Any]:
        """Returns it as the record has it."""
        return {
            "facts": list(self.facts),
            "expected": to_json(self.expected),
            "answer": self.answer,
            "as_expected": self.holds,
            "details": self.details,
        }


Step = TypeVar("Step", bound="Callable[[Any], None]")


def step(method: Step) -> Step:
    """Marks a method as a step of its stage. Steps run in the order in which they are written."""
    method.is_step = True  # type: ignore[attr-defined]
    return method


class Stage:
    """A stage. Its steps need only what the stage's other methods make when they are first called."""

    key: ClassVar[str]
    """The letter by which it is chosen."""

    makes: ClassVar[str]
    """What it makes, for whoever is asked."""

    minutes: ClassVar[int]
    """How long it takes in AWS, at most."""

    jobs: ClassVar[int]
    """How many jobs it creates, at most."""

    dollars: ClassVar[float]
    """What it costs, at most; `prices.py` says how that is known."""

    needs_bootstrap: ClassVar[bool] = True
    """Whether the account must be bootstrapped for the CDK."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.observed: dict[str, Observation] = {}

    @classmethod
    def steps(cls) -> list[str]:
        """Returns the names of its steps, in their order."""
        return [name for name, value in vars(cls).items() if getattr(value, "is_step", False)]

    def observe(
        self, name: str, call: Callable[[], Any], *, expected: Any, facts: tuple[str, ...] = (), **details: Any
    ) -> None:
        """Asks, and keeps the answer.

        Args:
            name: The observation's name, unique in the stage.
            call: What asks; a `ClientError` is an answer, too.
            expected: What is expected of AWS; see `answers.matches`.
            facts: The facts of which the answer shows whether the whole sentence is true.
            **details: What else is recorded, and is not compared; a function is called after `call`.

        Raises:
            LimitReachedError: The run's time is over.
        """
        _ = self.target.limits.remaining
        started = self.target.clock.now()
        answer = response_or_error(call)
        details = {key: value() if callable(value) else value for key, value in details.items()}
        details["seconds"] = round(self.target.clock.now() - started, 1)
        self.observed[name] = Observation(
            facts=facts, expected=expected, answer=self.normalized(answer), details=self.normalized(details)
        )

    def normalized(self, value: Any) -> Any:
        """Returns a value as records have it."""
        target = self.target
        plain = normalized(value, account=target.account, region=target.region, name=target.name)
        return json.loads(json.dumps(plain))
