"""A stack of the matrix, and what triggers runs of its job."""

from __future__ import annotations

from typing import Any

from faults.stack import DeployedStack
from faults.triggers import Triggers


class FaultyStack(DeployedStack):
    """A stack, its network, and the triggers of its job; the arguments are those of `DeployedStack`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.triggers = Triggers(self)
