"""Which modules are mutated, with which tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HOME = Path(__file__).parents[2]
KEPT = HOME / "build" / "mutants"
"""What is known of this code so far."""


@dataclass(frozen=True)
class Part:
    """Modules, and the folder of their tests.

    Attributes:
        name: What it is called.
        modules: Their paths.
        tests: The folder of their tests.
        slow: Files of tests in it that are too slow for what they would find, for they look at everything together.
        forks: Whether a process that has collected the tests may be forked.
        root: What the modules' tests depend on, too: a change of it may change what is found.
    """

    name: str
    modules: tuple[Path, ...]
    tests: Path
    slow: tuple[str, ...] = ()
    root: Path = HOME
    forks: bool = False

    def files(self) -> list[Path]:
        """Returns the files of the tests that mutants are tried with."""
        return [file for file in sorted(self.tests.glob("test_*.py")) if file.name not in self.slow]

    def sources(self) -> str:
        """Returns a hash of the code and of what all its tests share."""
        files = [file for file in self.root.rglob("*") if file.suffix in (".py", ".json", ".txt")]
        return " ".join([digest([*files, self.tests / "conftest.py"]), *(module.stem for module in self.modules)])

    def digest(self) -> str:
        """Returns a hash of the code and its tests."""
        files = [*self.root.rglob("*"), *self.tests.rglob("*")]
        return digest([file for file in files if file.suffix in (".py", ".json", ".ambr", ".txt")])


def digest(files: Iterable[Path]) -> str:
    """Returns a hash of files.

    Args:
        files: Their paths.
    """
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:16]


_DECLARING = (
    "_access/access_rules",
    "_access/resource_policies",
    "_access/service_access",
    "_access/service_principals",
    "_definition/parameters",
    "_job/custom_resources",
    "_job/data_findings",
    "_job/dead_letter_queues",
    "_job/deployment_options",
    "_job/invocation",
    "_job/job_access",
    "_job/job_condition",
    "_job/job_names",
    "_job/job_permissions",
    "_job/schedules",
    "_job/source_and_destination",
    "_job/tagging",
    "_job/tasks",
    "_job/upload_rules",
    "_job/wait_chain",
    "_runner/runner_options",
    "_runner/runner_policies",
    "_runner/runner_policy",
    "_storage/local_files",
    "_storage/location",
    "_storage/staging",
    "_support/mappings",
    "_support/policy_json",
    "_support/policy_size",
    "_support/sorted_arns",
    "_support/synthesis_warnings",
    "_support/validation",
    "personalize/_data_validation",
    "personalize/_dataset_schemas",
    "personalize/_validation",
    "storage",
    "upload_job",
)
"""The modules that make policies, their conditions and dependencies, and that validate arguments. Most of the public
constructs only pass their arguments on to these; they are not mutated, nor are other modules."""

ENGINE = Part(
    name="engine",
    modules=tuple(sorted((HOME / "lambda/data_jobs").glob("*.py"))),
    tests=HOME / "tests/data_jobs",
    slow=("test_sdk.py", "test_modules.py"),
    root=HOME / "lambda",
    forks=True,
)
CONSTRUCTS = Part(
    name="constructs",
    modules=tuple(HOME / f"constructs/cdk_data_jobs/{name}.py" for name in _DECLARING),
    tests=HOME / "tests/cdk_data_jobs",
    slow=(
        "test_wheel.py",
        "test_catalogue.py",
        "test_runtime_sdk.py",
        "test_examples.py",
        "test_nag_environments.py",
        "test_locked_down.py",
    ),
    root=HOME / "constructs",
)
PARTS = (ENGINE, CONSTRUCTS)
