"""A headless Chromium, which is told what to do through two pipes: it needs no package and no port."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

SECONDS = 60
"""How long a page may take; a machine may be busy."""


def find_chromium() -> str | None:
    """Returns the program: what CHROMIUM names, or the first usual name that is there."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if name and (path := shutil.which(name))), None)


class Browser:
    """A browser with one page (Chrome DevTools Protocol, `--remote-debugging-pipe`).

    Attributes:
        errors: The messages of exceptions in pages.
        requests_of_servers: The addresses that pages requested from servers.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.requests_of_servers: list[str] = []
        self._number = 0
        self._session: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            profile = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            its_input, our_output = os.pipe()
            our_input, its_output = os.pipe()
            self._to = stack.enter_context(os.fdopen(our_output, "wb", buffering=0))
            self._from = stack.enter_context(os.fdopen(our_input, "rb"))
            options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe")
            command = [str(find_chromium()), *options, f"--user-data-dir={profile}", "about:blank"]
            # It reads from the descriptor 3 and writes to 4.
            shell = f'exec 3<&{its_input} 4>&{its_output}; exec "$@"'
            process = subprocess.Popen(  # noqa: S603 - the options are ours
                ["/bin/bash", "-c", shell, "bash", *command],
                pass_fds=(its_input, its_output),
                stderr=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            os.close(its_input)
            os.close(its_output)
            target = self._call("Target.createTarget", url="about:blank")["targetId"]
            attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
            self._session = {"sessionId": attached["sessionId"]}
            self._call("Page.enable")
            self._call("Runtime.enable")
            self._call("Network.enable")
            self._closing = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def open(self, address: str) -> None:
        """Opens a page, and waits until it is loaded."""
        failed = self._call("Page.navigate", url=address).get("errorText")
        assert not failed, failed
        self.wait_for("document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """Returns the value of an expression of JavaScript."""
        done = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def type(self, text: str) -> None:
        """Types a text into what has the focus."""
        self._call("Input.insertText", text=text)

    def wait_for(self, expression: str) -> Any:
        """Waits until an expression of JavaScript is true, and returns its value."""
        end = time.monotonic() + SECONDS
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < end, f"not within {SECONDS} seconds: {expression}"
            time.sleep(0.1)
        return value

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._read())
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(str(answer["params"]["exceptionDetails"]))
            if answer.get("method") == "Network.requestWillBeSent":
                address = answer["params"]["request"]["url"]
                self.requests_of_servers += [address] if address.startswith("http") else []
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> bytes:
        """Returns the next message, which ends with a zero byte."""
        message = bytearray()
        while (byte := self._from.read(1)) != b"\0":
            assert byte, "the browser has ended"
            message += byte
        return bytes(message)
