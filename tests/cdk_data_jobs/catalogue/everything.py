"""The catalogue: everything that can be declared, each thing in a small entry.

The snapshots, the review with cdk-nag and the tests of the policies take what they declare from it. An entry is a
public function of `datasets`, `kinds`, a module of another service's kinds, `options`, `runners`, `runs` or
`run_options`, which declares it in a `Shop`. `test_catalogue.py` fails if a public class, method or argument of the
library is in no entry.
"""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from catalogue import (
    bedrock_kinds,
    datasets,
    dynamodb_kinds,
    kinds,
    options,
    run_options,
    runners,
    runs,
    sesv2_kinds,
)

Declare = Callable[..., Any]


def _entries(module: ModuleType) -> dict[str, Declare]:
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


KINDS = _entries(kinds) | _entries(bedrock_kinds) | _entries(dynamodb_kinds) | _entries(sesv2_kinds) | _entries(runs)
CATALOGUE: dict[str, Declare] = (
    KINDS | _entries(datasets) | _entries(options) | _entries(runners) | _entries(run_options)
)
