"""Checks local files once: the reports are kept in the user's cache folder, by digests of the files.

A synthesis runs often and the files change seldom. The hash that CDK makes of an asset would not do: it is of the
content as text, so that files which differ in bytes that are no UTF-8, or in line ends, may have the same one; and CDK
keeps it by the file's size and time of modification. To hash a file takes a small part of the time of a check.
"""

import contextlib
import functools
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cdk_data_jobs_check
from cdk_data_jobs_check import Finding, Mode, Report, Schema, Severity, check_files

_MAX_REPORTS = 500
"""Reports that are kept; the oldest go first."""

_SECONDS_BETWEEN_PROGRESS = 2
_CHUNK_BYTES = 2**20


def check_files_cached(paths: Sequence[Path], schema: Schema, mode: Mode) -> Report:
    """Checks files, unless files of the same names and contents were checked before.

    Args:
        paths: The files of one import or deletion.
        schema: The schema.
        mode: The kind of job.
    """
    fingerprint = _fingerprint(paths, schema, mode)
    cache_file = _cache_file(fingerprint)
    content = cache_file and _read(cache_file)
    if content:
        return _from_json(content, paths)
    report = check_files(paths, schema, mode=mode, on_progress=_progress(paths[0].parent))
    # Not if a file was saved in the meantime: the report may be of its new content.
    if cache_file and _fingerprint(paths, schema, mode) == fingerprint:
        _write(cache_file, _to_json(report, paths))
    return report


def _fingerprint(paths: Sequence[Path], schema: Schema, mode: Mode) -> str:
    """Returns a digest of all that a report depends on."""
    content = [(path.name, _file_digest(path)) for path in paths]
    # Sets have another order in each process.
    columns = [(column.name, sorted(column.types), column.categorical, column.textual) for column in schema.columns]
    known = [_code_digest(), mode.value, schema.dataset_type, schema.domain, columns, content]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while content := stream.read(_CHUNK_BYTES):
            digest.update(content)
    return digest.hexdigest()


@functools.cache
def _code_digest() -> str:
    """Returns a digest of the code that makes reports, for another version may find something else."""
    sources = [Path(__file__), *sorted(Path(cdk_data_jobs_check.__file__).parent.rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _cache_file(name: str) -> Path | None:
    """Returns the file for a report; None if the user has no home folder, as in a container with any user id."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return folder / "cdk-data-jobs" / "checks" / f"{name}.json"


def _read(cache_file: Path) -> bytes | None:
    """Returns what was written to a file; None if there is nothing, or something else has changed it."""
    try:
        digest, _, content = cache_file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content if digest == _digest(content) else None


def _write(cache_file: Path, content: bytes) -> None:
    """Writes a file, if that is possible; another process may be writing the same one."""
    folder = cache_file.parent
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # findings quote values of the data
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".json", delete=False) as new:
            new.write(_digest(content) + b"\n" + content)
        Path(new.name).replace(cache_file)
        newest = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in newest[_MAX_REPORTS:]:
            old.unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _to_json(report: Report, paths: Sequence[Path]) -> bytes:
    """Returns a report with numbers for paths, because files of the same content may be somewhere else."""
    files = [paths.index(path) for path in report.files]
    findings = [{**vars(finding), "path": paths.index(finding.path)} for finding in report.findings]
    return json.dumps({**vars(report), "files": files, "findings": findings}, default=dict).encode()


def _from_json(content: bytes, paths: Sequence[Path]) -> Report:
    members: dict[str, Any] = json.loads(content)
    files = tuple(paths[number] for number in members["files"])
    findings = tuple(
        Finding(**{**finding, "path": paths[finding["path"]], "severity": Severity(finding["severity"])})
        for finding in members["findings"]
    )
    return Report(**{**members, "files": files, "findings": findings})


def _progress(folder: Path) -> Callable[[int, int], None]:
    """Returns a callback that says on stderr now and then how far a check is that takes long."""
    last_output = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last_output
        if time.monotonic() - last_output >= _SECONDS_BETWEEN_PROGRESS:
            last_output = time.monotonic()
            size = f"{total / 1e9:.1f} GB" if total >= 1e9 else f"{total / 1e6:.1f} MB"  # noqa: PLR2004 - a gigabyte
            print(f"checking the data in {folder}: {done / max(total, 1):.0%} of {size}", file=sys.stderr)  # noqa: T201

    return show
