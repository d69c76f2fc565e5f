"""Writes files that appear under their names only when they are complete."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class OutputError(OSError):
    """The output cannot be written, such as on a full disk."""


class NewOutput:
    """A file, or a folder of files, that is written beside the place where it will be.

    Attributes:
        path: Where it will be.
        unfinished: Where it is until it is complete.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        """Creates it without writing anything.

        Args:
            path: Where it will be.
            folder: An empty folder on the same disk, which is deleted with all that is in it.
        """
        self.path = path
        self.unfinished = folder / path.name

    def append(self, lines: Iterable[str], name: str = "") -> None:
        """Appends lines, of which there may be none.

        Args:
            lines: The lines, with their ends.
            name: The name of the file in the folder; empty if the output is a file.

        Raises:
            OutputError: If they cannot be written.
            ValueError: If the name leads out of the folder.
        """
        target = self.unfinished / name
        if name and target.parent != self.unfinished:
            raise ValueError(f"the name of a file must not have a folder, got {name}")
        with self._as_output_error():
            target.parent.mkdir(exist_ok=True)
            with target.open("a", encoding="utf-8", newline="") as stream:
                stream.writelines(lines)

    def complete(self) -> None:
        """Gives it its name.

        Raises:
            OSError: If there is something with the name by now.
        """
        require_new(self.path)
        with self._as_output_error():
            self.unfinished.rename(self.path)

    def withdraw(self) -> None:
        """Takes its name back, so that it is deleted.

        Raises:
            OutputError: If that fails.
        """
        with self._as_output_error():
            self.path.rename(self.unfinished)

    @contextlib.contextmanager
    def _as_output_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def new_output(path: Path) -> Iterator[NewOutput]:
    """Yields an output that is deleted at the end unless it was completed.

    Args:
        path: Where it will be.

    Raises:
        OSError: If there is something, or no folder for it.
        OutputError: If nothing can be written to that folder.
    """
    require_new(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder of the output must exist, got {path.parent}; make it first")
    try:
        folder = tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    with folder as name:
        yield NewOutput(path, Path(name))


def require_new(output: Path) -> None:
    """Requires that nothing is where the output will be.

    Args:
        output: Where it will be.

    Raises:
        FileExistsError: If something is.
    """
    if output.exists() or output.is_symlink():
        raise FileExistsError(f"the output must not exist, got {output}; remove it, or name another")
