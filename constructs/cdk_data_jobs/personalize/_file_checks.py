"""Checks local files once: what was found is kept in the user's cache folder, by the content of the files.

A synthesis runs often and the files change seldom; CDK has read them to the end already, for the hashes of its assets.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cdk_data_jobs_check
from cdk_data_jobs._storage.location import LocalFile
from cdk_data_jobs_check import Finding, Mode, Report, Schema, Severity, check_files

_MAX_KEPT = 500
"""Results that are kept; the oldest go first."""

_SECONDS_BETWEEN_PROGRESS = 2


def check_once(files: Sequence[LocalFile], schema: Schema, mode: Mode) -> Report:
    """Checks files, unless files of the same content were checked before.

    Args:
        files: The files of one import or deletion.
        schema: The schema.
        mode: The kind of job.
    """
    paths = tuple(file.path for file in files)
    # The size as well, because CDK hashes a file once, even if it is written again while the app is declared.
    content = [(file.path.name, file.path.stat().st_size, file.asset.asset_hash) for file in files]
    # Sets have another order in each process.
    columns = [(one.name, sorted(one.types), one.categorical, one.textual) for one in schema.columns]
    known = [_digest_of_rules(), mode.value, schema.dataset_type, columns, content]
    key = hashlib.sha256(json.dumps(known).encode()).hexdigest()
    kept = _folder() / f"{key}.json"
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        return _from_json(json.loads(kept.read_text(encoding="utf-8")), paths)
    report = check_files(paths, schema, mode=mode, on_progress=_progress(paths[0].parent))
    with contextlib.suppress(OSError):
        _keep(kept, json.dumps(_to_json(report)))
    return report


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdk-data-jobs" / "checks"


@functools.cache
def _digest_of_rules() -> str:
    """Returns a digest of the code that checks, for another version may find something else."""
    sources = sorted(Path(cdk_data_jobs_check.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _keep(kept: Path, content: str) -> None:
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # findings quote values of the data
    new = kept.with_suffix(f".{os.getpid()}")
    new.write_text(content, encoding="utf-8")
    new.replace(kept)
    newest = sorted(kept.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest[_MAX_KEPT:]:
        old.unlink(missing_ok=True)


def _to_json(report: Report) -> dict[str, Any]:
    findings = [{**dataclasses.asdict(one), "path": report.files.index(one.path)} for one in report.findings]
    counts = {name: getattr(report, name) for name in ("rows", "size_bytes", "errors", "warnings")}
    return {**counts, "violation_counts": dict(report.violation_counts), "findings": findings}


def _from_json(kept: dict[str, Any], paths: tuple[Path, ...]) -> Report:
    findings = [
        Finding(**{**one, "path": paths[one["path"]], "severity": Severity(one["severity"])})
        for one in kept.pop("findings")
    ]
    return Report(files=paths, findings=tuple(findings), **kept)


def _progress(folder: Path) -> Callable[[int, int], None]:
    """Returns a callback that says on stderr now and then how far a check is that takes long."""
    said = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said >= _SECONDS_BETWEEN_PROGRESS:
            said = time.monotonic()
            print(f"checking the data in {folder}: {done / total:.0%} of {total / 1e9:.1f} GB", file=sys.stderr)  # noqa: T201

    return tell
