"""What the command prints, and the signals that end it: whatever becomes of its terminal, it must clean up."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def say(*lines: object) -> None:
    """Prints lines, as long as somebody reads them: after a closed terminal or pipe, there is still a clean-up."""
    try:
        print(*lines, sep="\n", flush=True)  # noqa: T201 (a command prints)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def treat_signals_as_ctrl_c() -> None:
    """Makes the end of a terminal, or of a job in CI, the same as Ctrl-C, but for signals that `nohup` ignores.

    They count once: a shell, `make` and the kernel may each send one for the same reason, and a second Ctrl-C ends the
    clean-up.
    """

    def interrupt(*_: Any) -> None:
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in _SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, interrupt)
