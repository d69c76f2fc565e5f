"""The log of an invocation.

Whatever a function has written before an invocation ends is in that invocation's log (developer guide, "Sending Lambda
function logs to CloudWatch Logs"), and CloudWatch makes metrics of it if it is in the embedded metric format.

MiniStack 1.5.33 reads lines in a thread, for which it waits 50 ms at most: on a busy machine the last lines, and always
a last line without an end, come into the log of the next invocation, or into none. So a metric could be missing that
the function had reported.

Needed as long as this test fails without it:
`test_logs.py::test_all_that_a_function_writes_is_in_the_log_of_its_invocation`.
"""

# ruff: noqa: SLF001  (what ministack does not document)

import os
import selectors
import threading

from ministack.core.lambda_runtime import ProvidedWorker, Worker

_lock = threading.Lock()


class _Log:
    """What a process has written to its standard error, until it is taken."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        os.set_blocking(self._pipe, False)
        self._lock = threading.Lock()
        self._content = b""

    def follow(self) -> None:
        """Reads until the process has ended, so that the pipe never becomes full."""
        # Unlike `select.select`, it takes descriptors above 1023, which a server has that runs many functions.
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while self._read_all():
                selector.select()

    def take(self) -> str:
        """Returns what was written since it was last taken."""
        self._read_all()
        with self._lock:
            content, self._content = self._content, b""
        return content.decode(errors="replace").rstrip("\n")

    def _read_all(self) -> bool:
        """Reads all that there is; returns whether there may be more later."""
        with self._lock:
            try:
                while chunk := os.read(self._pipe, 65536):
                    self._content += chunk
            except BlockingIOError:
                return True
        return False


def patch() -> None:
    """Makes the log of an invocation everything that the function wrote before the invocation ended."""
    spawn = Worker._spawn

    def spawn_with_log(worker: Worker) -> None:
        spawn(worker)
        _log_of(worker)

    def take(worker: Worker) -> str:
        return _log_of(worker).take()

    # Its processes have no standard error of their own: it is part of their standard output, which it reads into the
    # queue that MiniStack's functions take from. So it keeps those that are replaced in `Worker`.
    ProvidedWorker._drain_stderr = Worker._drain_stderr
    ProvidedWorker._drain_stderr_bounded = Worker._drain_stderr_bounded
    Worker._spawn = spawn_with_log
    Worker._read_stderr = lambda worker: _log_of(worker).follow()
    Worker._drain_stderr = Worker._drain_stderr_bounded = take


def _log_of(worker: Worker) -> _Log:
    """Returns the log of a worker's process, or of its last one if that has ended."""
    with _lock:
        process = worker._proc
        if process not in (None, getattr(worker, "cdk_data_jobs_process", None)):
            worker.cdk_data_jobs_process, worker.cdk_data_jobs_log = process, _Log(process.stderr.fileno())
        log: _Log = worker.cdk_data_jobs_log
    return log
