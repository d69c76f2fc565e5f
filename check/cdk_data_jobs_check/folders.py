"""Lists the files in a folder and its sub-folders, also those that links lead to, as the CDK copies assets."""

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path) -> list[Path]:
    """Returns all in a folder and its sub-folders that are no folders, also links to nothing, sorted.

    Links to folders are followed, except one that leads to a folder that it is in, whose files are listed anyway.

    Args:
        folder: The folder.

    Raises:
        OSError: If it, or one in it, cannot be listed.
    """
    return sorted(_files(folder, ()))


def _files(folder: Path, outer: tuple[str, ...]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in outer:
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, (*outer, real))
        else:
            yield entry
