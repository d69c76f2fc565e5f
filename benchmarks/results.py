"""What a section of the benchmarks has to tell: targets, and tables."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Sample:
    """A figure that was measured some times.

    Attributes:
        values: The measurements, in their order.
    """

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.values)

    def __format__(self, form: str) -> str:
        """The median with the least and the most, such as `1.52 (1.48-1.60)`, each in this format."""
        least, most = min(self.values), max(self.values)
        return f"{self.median:{form}} ({least:{form}}-{most:{form}})"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A figure that is wanted.

    Attributes:
        figure: What is measured.
        wanted: What it should be.
        got: What it is.
        met: Whether it is so.
        because: Why not, from what was measured; told if it is not met.
    """

    figure: str
    wanted: str
    got: str
    met: bool
    because: str = ""


@dataclass(frozen=True)
class Table:
    """A table, with what is to be said of it."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    text: str = ""


@dataclass(kw_only=True)
class Section:
    """What a section has to tell."""

    title: str
    text: str
    targets: list[Target] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def ratio(one: float, other: float) -> str:
    """How many times as much one is as another."""
    return f"{one / other:.2f} x"


def in_turns(times: int, cases: Iterable[str], measure: Callable[[str], float]) -> Mapping[str, Sample]:
    """Measures cases some times, one after the other and again, so that what changes meanwhile changes for all.

    Args:
        times: How many times each.
        cases: Their names.
        measure: Measures one.
    """
    names = list(cases)
    measured: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(times):
        for name in names:
            measured[name].append(measure(name))
    return {name: Sample(tuple(values)) for name, values in measured.items()}
