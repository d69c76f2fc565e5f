"""Where this installation came from, as lines of a requirements.txt that install the same again."""

from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIBRARY, _CHECK = "cdk-data-jobs", "cdk-data-jobs-check"


def library_requirements() -> Iterator[str]:
    """Yields the requirements of an app that uses the library and its command line.

    If pip installed the library from a folder, a file or a repository, they name that, and the distribution that the
    library requires in the same way; else they name the version, for a package index.
    """
    if url := _direct_url(_CHECK):
        yield f"{_CHECK} @ {url}"
    if url := _direct_url(_LIBRARY):
        yield f"{_LIBRARY}[cli] @ {url}"
    else:
        yield f"{_LIBRARY}[cli]~={metadata.version(_LIBRARY)}"


def _direct_url(distribution: str) -> str | None:
    """Returns the URL that a distribution was installed from; None if it is from a package index.

    The file that pip writes is specified by the Python Packaging User Guide, "Recording the Direct URL Origin of
    installed distributions".
    """
    record = metadata.distribution(distribution).read_text("direct_url.json")
    if record is None:
        return None
    origin = json.loads(record)
    repository = origin.get("vcs_info")
    url = f"{repository['vcs']}+{origin['url']}@{repository['commit_id']}" if repository else str(origin["url"])
    return f"{url}#subdirectory={origin['subdirectory']}" if "subdirectory" in origin else url
