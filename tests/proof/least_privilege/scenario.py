"""A scenario of the proof, and how a module lists its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aws_cdk import App

Build = Callable[[App, str, int], None]


@dataclass(frozen=True)
class Scenario:
    """Something that people deploy.

    Attributes:
        name: Its name, and the placeholder for the name of its stack; further stacks have a suffix.
        build: Declares it, in the first stack or in several: takes the app, the name and the step.
        what: What it is, for people.
        use: How it is used once it is there: a method of `use.Use`. If none, the deployment itself runs the jobs.
    """

    name: str
    build: Callable[[App, str, int], None]
    what: str
    use: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether it is used in a way after which it can be neither updated nor deleted."""
        return self.use.startswith("break")


def registering(scenarios: list[Scenario]) -> Callable[..., Callable[[Build], Build]]:
    """Return a decorator of functions that declare a scenario; its name is the function's, as a stack may have it.

    Args:
        scenarios: The list that the scenarios are added to.
    """

    def scenario(what: str, *, use: str = "") -> Callable[[Build], Build]:
        def register(build: Build) -> Build:
            name = "Proof" + "".join(word.capitalize() for word in build.__name__.split("_"))
            scenarios.append(Scenario(name, build, what, use))
            return build

        return register

    return scenario
