"""Tests mutants, several at a time, and keeps the result of each, so that it can be interrupted."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from mutations import mutants
from parts import HOME, KEPT, digest
from running import Process, Result, measure, run_alone, work

if TYPE_CHECKING:
    from pathlib import Path

    from mutations import Mutant
    from parts import Part

FIRST_TESTS = 150
"""Tests that are run with a mutant first, the quick ones: hundreds run the lines that all jobs need. The others are run
with what survives these."""

MAX_MUTANTS_PER_WORKER = 60
"""Mutants after which a worker that does not fork is replaced: jsii's kernel keeps all objects."""


class Campaign:
    """The mutants of a part, and their results.

    Args:
        part: The part.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.folder = KEPT / part.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.digest = part.digest()
        self.tests = self._coverage()
        self.seconds = {name: float(test["seconds"]) for name, test in self.tests.items()}
        self.lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name, test in self.tests.items():
            for module, lines in test["lines"].items():
                for line in lines:
                    self.lines[module][line].add(name)
        self.killers: Counter[tuple[str, str]] = Counter()

    def run(self, module: Path, *, workers: int) -> dict[str, dict[str, Any]]:
        """Tests the mutants of a module that have no valid result yet.

        Args:
            module: The module's path.
            workers: How many processes run at the same time.

        Returns:
            The results of its mutants, by their keys.
        """
        began = time.monotonic()
        kept, known, queue = self.known(module), {}, []
        for mutant in mutants(module):
            entry = kept.get(mutant.key, {})
            if entry.get("by"):
                self.killers[module.stem, entry["by"]] += 1
            if entry and entry["digest"] == self._digest(module, entry["by"]):
                known[mutant.key] = entry
            else:
                queue.append((mutant, entry.get("by", "")))
        tried = len(queue)
        self._try_all(module, queue, known, workers)
        survived = sum(entry["survived"] for entry in known.values())
        seconds = time.monotonic() - began
        print(
            f"{self.part.name}/{module.stem}: {len(known) - survived} of {len(known)} mutants are killed; "
            f"tried {tried} in {seconds:.0f} s",
            flush=True,
        )
        return known

    def known(self, module: Path) -> dict[str, dict[str, Any]]:
        """Returns the results of a module's mutants, by their keys.

        Args:
            module: Its path.
        """
        file = self.folder / f"{module.stem}.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def _try_all(
        self, module: Path, queue: list[tuple[Mutant, str]], known: dict[str, dict[str, Any]], workers: int
    ) -> None:
        slots = [_Slot(self.part, number) for number in range(workers)]
        try:
            while queue or any(slot.mutant for slot in slots):
                before = len(known)
                for slot in slots:
                    if slot.mutant is None and queue:
                        mutant, killer = queue.pop(0)
                        tests = self._chosen(mutant, killer)
                        if tests:
                            slot.later = tests[FIRST_TESTS:]
                            slot.begin(mutant, tests[:FIRST_TESTS], self._limit(tests[:FIRST_TESTS]))
                        else:
                            known[mutant.key] = self._verdict(mutant, {"exit": "uncovered", "failed": ""}, 0)
                    if slot.mutant and (found := slot.poll()):
                        if slot.later and _has_survived(found):
                            tests, slot.later = slot.later, []
                            slot.begin(slot.mutant, tests, self._limit(tests))
                            continue
                        known[slot.mutant.key] = self._verdict(slot.mutant, found, slot.seconds)
                        slot.mutant = None
                if len(known) > before:
                    self._save(module, known)
                time.sleep(0.02)
        finally:
            for slot in slots:
                slot.stop()

    def _chosen(self, mutant: Mutant, killer: str) -> list[str]:
        """The tests that run the mutant's line: those first that killed others of its module, then the quick ones."""
        lines = self.lines[mutant.module.name]
        tests = lines.get(mutant.line, set()) if mutant.function else self._users(mutant)
        own = f"test_{mutant.module.stem}.py"

        def rank(test: str) -> tuple[bool, int, bool, float]:
            return test != killer, -self.killers[mutant.module.stem, test], own not in test, self.seconds[test]

        return sorted(tests, key=rank)

    def _limit(self, tests: list[str]) -> float:
        """The seconds after which tests with a mutant are taken for endless."""
        return 60 + 8 * sum(self.seconds[test] for test in tests)

    def _users(self, mutant: Mutant) -> set[str]:
        """The module's own tests, and those that run a line which names what a statement at import makes, anywhere."""
        pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in mutant.names) or "(?!)")
        found = {test for test in self.tests if f"/test_{mutant.module.stem}.py" in test}
        for module in self.part.modules:
            text = module.read_text(encoding="utf-8").splitlines()
            for line, tests in self.lines[module.name].items():
                if pattern.search(text[line - 1]):
                    found |= tests
        return found or set().union(*self.lines[mutant.module.name].values())

    def _verdict(self, mutant: Mutant, found: dict[str, Any], seconds: float) -> dict[str, Any]:
        survived = _has_survived(found)
        if found["failed"]:
            self.killers[mutant.module.stem, found["failed"]] += 1
        return {
            "survived": survived,
            "by": found["failed"],
            "exit": found["exit"],
            "seconds": round(seconds, 1),
            "line": mutant.line,
            "digest": self._digest(mutant.module, found["failed"]),
        }

    def _digest(self, module: Path, killer: str) -> str:
        """A hash of the files that a result depends on: of a killed mutant, its module and the test that killed it."""
        if not killer:
            return self.digest
        file = HOME / killer.partition("::")[0]
        return digest([module, file]) if file.exists() else ""

    def _save(self, module: Path, known: dict[str, dict[str, Any]]) -> None:
        file = self.folder / f"{module.stem}.json"
        new = file.with_suffix(".new")
        new.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
        new.replace(file)

    def _coverage(self) -> dict[str, dict[str, Any]]:
        """The tests of the part, each with its `seconds` and the `lines` that it runs, by module."""
        file, sources = self.folder / "coverage", self.part.sources()
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        known = kept["files"] if kept.get("sources") == sources else {}
        digests = {str(path.relative_to(HOME)): digest([path]) for path in self.part.files()}
        known = {name: one for name, one in known.items() if one["digest"] == digests.get(name)}
        if new := [HOME / name for name in digests if name not in known]:
            print(f"{self.part.name}: measuring which test runs which line, in {len(new)} files", flush=True)
            process = Process(f"{self.part.name}-coverage", lambda _, results: measure(self.part, new, results))
            while (found := process.poll()) is None:
                time.sleep(0.1)
            process.stop()
            if found["exit"] != 0:
                log = KEPT / f"{self.part.name}-coverage.log"
                sys.exit(f"the tests fail without a mutant: {log.relative_to(HOME)}")
            known |= {str(path.relative_to(HOME)): {"digest": digests[str(path.relative_to(HOME))]} for path in new}
            for name, test in found["tests"].items():
                known[name.partition("::")[0]].setdefault("tests", {})[name] = test
            file.write_text(json.dumps({"sources": sources, "files": known}), encoding="utf-8")
        return {name: test for one in known.values() for name, test in one.get("tests", {}).items()}


def _has_survived(found: Result) -> bool:
    return found["exit"] in (0, "uncovered", pytest.ExitCode.NO_TESTS_COLLECTED)


class _Slot:
    """A place for one mutant that is tested, with its processes."""

    def __init__(self, part: Part, number: int) -> None:
        self.part, self.name = part, f"{part.name}-{number}"
        self.mutant: Mutant | None = None
        self.worker: Process | None = None
        self.alone: Process | None = None
        self.tried = 0
        self.tests: list[str] = []
        self.later: list[str] = []
        self.began = self.limit = 0.0

    @property
    def seconds(self) -> float:
        """How long the mutant was tried."""
        return time.monotonic() - self.began

    def begin(self, mutant: Mutant, tests: list[str], limit: float) -> None:
        """Begins to try a mutant."""
        self.mutant, self.tests, self.limit, self.began = mutant, tests, limit, time.monotonic()
        if not mutant.function:
            self._alone()
            return
        if self.worker and self.tried >= MAX_MUTANTS_PER_WORKER and not self.part.forks:
            self.stop()
        if self.worker is None:
            self.worker = Process(self.name, lambda requests, results: work(self.part, requests, results))
            self.tried = 0
        self.tried += 1
        request = {"module": str(mutant.module), "function": mutant.function, "code": mutant.code, "tests": tests}
        self.worker.send_request(request, seconds=limit)

    def poll(self) -> Result | None:
        """Returns the result of the mutant, or None while there is none."""
        process = self.alone or self.worker
        if process is None or (found := process.poll()) is None:
            return None
        if self.alone:
            self.alone.stop()
            self.alone = None
            return found
        if found["exit"] in ("timeout", "died", "unreliable"):
            self.stop()
        if found["exit"] in ("no function", "unreliable", "died"):
            self._alone()
            return None
        return found

    def stop(self) -> None:
        """Ends what is running."""
        for process in (self.worker, self.alone):
            if process:
                process.stop()
        self.worker = self.alone = None

    def _alone(self) -> None:
        mutant, tests = self.mutant, self.tests
        assert mutant
        self.alone = Process(f"{self.name}-alone", lambda _, results: run_alone(mutant, tests, results))
        self.alone.ends = time.monotonic() + self.limit
