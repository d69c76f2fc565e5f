"""Processes that run tests: under coverage, to learn which test runs which line, or with a mutant.

To import and to collect the tests takes longer than to run those that a mutant needs. So a worker does that once, and
then gives the function that is mutated the mutant's code. Where tests have no process beside them, each mutant has a
fork of its own; with a jsii kernel, which a fork would share, the worker takes the code back afterwards, and sees
whether the test that failed passes then. What runs at import only has a process of its own, from the start.
"""

from __future__ import annotations

import gc
import importlib.machinery
import json
import os
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol
from parts import HOME, KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutations import Mutant
    from parts import Part

QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "--no-summary", "--tb=no")
Result = dict[str, Any]


class Process:
    """A forked process, in a group of its own, which sends objects to this one.

    Args:
        name: What its output is called.
        work: What it does; it gets the file numbers to read from and to write to.
    """

    def __init__(self, name: str, work: Callable[[int, int], None]) -> None:
        requests, self._write = os.pipe()
        self._read, results = os.pipe()
        self._left = b""
        self.ends = float("inf")
        self.pid = os.fork()
        if self.pid:
            os.close(requests)
            os.close(results)
            return
        try:
            os.setsid()
            os.chdir(HOME)
            os.close(self._read)
            os.close(self._write)
            with (KEPT / f"{name}.log").open("w") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            work(requests, results)
        except BaseException:  # noqa: BLE001 - this process must never go on as the other
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)

    def send_request(self, value: object, *, seconds: float) -> None:
        """Sends an object, to be answered within some seconds."""
        self.ends = time.monotonic() + seconds
        os.write(self._write, json.dumps(value).encode() + b"\n")

    def poll(self) -> Result | None:
        """Returns an answer; none if there is none yet; that it took too long, or that the process has ended."""
        while b"\n" not in self._left and select.select([self._read], [], [], 0)[0]:
            if not (more := os.read(self._read, 1 << 20)):
                return {"exit": "died", "failed": ""}
            self._left += more
        if b"\n" in self._left:
            line, _, self._left = self._left.partition(b"\n")
            return dict(json.loads(line))
        return {"exit": "timeout", "failed": ""} if time.monotonic() > self.ends else None

    def stop(self) -> None:
        """Ends the process, and what it has started: jsii's kernel is a process of its own."""
        os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._read)
        os.close(self._write)


def send(file: int, value: object) -> None:
    """Sends an object to the process that waits for it."""
    line = json.dumps(value).encode() + b"\n"
    while line:
        line = line[os.write(file, line) :]


def run_alone(mutant: Mutant, tests: Sequence[str], results: int) -> None:
    """Imports a mutant in the place of its module, and runs tests until one fails.

    Args:
        mutant: The mutant.
        tests: Their ids, in their order.
        results: The file number to write the result to.
    """
    loader = importlib.machinery.SourceFileLoader
    original = loader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, name: str) -> CodeType | None:
        path = self.get_filename(name)
        if os.path.realpath(path) == str(mutant.module):
            return compile(mutant.code, path, "exec", dont_inherit=True)
        return original(self, name)

    loader.get_code = get_code  # type: ignore[assignment,method-assign]
    chosen = _Chosen(tests)
    code = pytest.main([*QUIET, "-x", *dict.fromkeys(test.partition("::")[0] for test in tests)], plugins=[chosen])
    send(results, {"exit": int(code), "failed": chosen.failed})


class _Chosen:
    """Leaves of the collected tests the chosen ones, in their order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.places = {test: place for place, test in enumerate(tests)}
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.places]
        items[:] = sorted(chosen, key=lambda item: self.places[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


class Worker:
    """A pytest plugin: runs the requested tests with the requested mutants.

    Args:
        requests: The file number to read requests from.
        results: The file number to write results to.
        forks: Whether each mutant has a process of its own.
    """

    def __init__(self, requests: int, results: int, *, forks: bool) -> None:
        self.requests, self.results, self.forks = requests, results, forks

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions: dict[tuple[str, str], list[FunctionType]] = {}
        for one in gc.get_objects():
            if isinstance(one, FunctionType):
                functions.setdefault((one.__code__.co_filename, one.__qualname__), []).append(one)
        if self.forks:
            self._begin_to_use(session.items)
        for line in os.fdopen(self.requests, "rb"):
            request = json.loads(line)
            tests = [items[name] for name in request["tests"] if name in items]
            mutated = functions.get((request["module"], request["function"]), [])
            if not mutated:
                send(self.results, {"exit": "no function", "failed": ""})
                continue
            if not self.forks:
                self._try(request, tests, mutated)
            elif pid := os.fork():
                _, status = os.waitpid(pid, 0)
                if status:
                    send(self.results, {"exit": "died", "failed": ""})
            else:
                self._try_and_end(request, tests, mutated)
        return True

    def _try_and_end(self, request: dict[str, str], tests: list[pytest.Item], mutated: list[FunctionType]) -> None:
        """Tries a mutant in a fork, which must never go on as the worker."""
        try:
            self._try(request, tests, mutated)
            os._exit(0)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        os._exit(1)

    def _begin_to_use(self, items: list[pytest.Item]) -> None:
        """Sets up what all tests share, so that no fork has to."""
        first = next(item for item in items if "clients" in getattr(item, "fixturenames", ()))
        other = next(item for item in items if item.path != first.path)
        runtestprotocol(first, log=False, nextitem=other)

    def _try(self, request: dict[str, str], tests: list[pytest.Item], mutated: list[FunctionType]) -> None:
        code = _function(compile(request["code"], request["module"], "exec", dont_inherit=True), request["function"])
        before = [one.__code__ for one in mutated]
        for one in mutated:
            one.__code__ = code
        failed = _first_that_fails(tests)
        for one, own in zip(mutated, before, strict=True):
            one.__code__ = own
        if failed and not self.forks and _first_that_fails([failed]):
            send(self.results, {"exit": "unreliable", "failed": failed.nodeid})
            return
        send(self.results, {"exit": int(bool(failed)), "failed": failed.nodeid if failed else ""})


def _function(code: CodeType, name: str) -> CodeType:
    for part in name.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == part)
    return code


def _first_that_fails(tests: list[pytest.Item]) -> pytest.Item | None:
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        reports = runtestprotocol(test, log=False, nextitem=following)
        if any(report.failed for report in reports):
            if following:
                test.session._setupstate.teardown_exact(None)  # noqa: SLF001 - as pytest does after the last test
            return test
    return None


def work(part: Part, requests: int, results: int) -> None:
    """Collects a part's tests, and runs them as requested."""
    pytest.main([*QUIET, *map(str, part.files())], plugins=[Worker(requests, results, forks=part.forks)])


def measure(part: Part, files: Sequence[Path], results: int) -> None:
    """Runs tests of a part, and measures which lines of its modules each runs, and how long it takes.

    Args:
        part: The part.
        files: The files of the tests.
        results: The file number to write the result to.
    """
    from coverage import Coverage  # noqa: PLC0415 - not in the process that others are forked from

    coverage = Coverage(data_file=None, include=[str(module) for module in part.modules], config_file=False)
    watched = _Watched(coverage)
    coverage.start()
    code = pytest.main([*QUIET, "-x", *map(str, files)], plugins=[watched])
    coverage.stop()
    data = coverage.get_data()
    tests: dict[str, Any] = {name: {"seconds": seconds, "lines": {}} for name, seconds in watched.seconds.items()}
    for file in data.measured_files():
        for line, contexts in data.contexts_by_lineno(file).items():
            for context in set(contexts) & tests.keys():
                tests[context]["lines"].setdefault(Path(file).name, []).append(line)
    send(results, {"exit": int(code), "tests": tests})


class _Watched:
    """A pytest plugin: sets the context of coverage to the test that runs."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        began = time.monotonic()
        self.coverage.switch_context(item.nodeid)
        yield
        self.coverage.switch_context("")
        self.seconds[item.nodeid] = time.monotonic() - began
