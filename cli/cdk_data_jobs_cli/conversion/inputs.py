"""Which files are converted, and what the conversion of each is called."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cdk_data_jobs_check import DataFile
from cdk_data_jobs_check.sources import resolve
from cdk_data_jobs_cli.conversion.report import Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk_data_jobs_check import DataFolder, Source

_SUFFIX = ".csv"
_SUFFIXES = re.compile(r"\.(?:csv|tsv|txt|json|jsonl|ndjson|parquet|gz)\Z", re.IGNORECASE)
_COMPRESSION = re.compile(r"\.gz\Z", re.IGNORECASE)


def find_inputs(sources: Iterable[Source], report: Report) -> list[DataFile]:
    """Returns the files to convert: of a folder all in it and its sub-folders, but for those of tools.

    Those are hidden files and those whose names begin with `_`, which Spark and Hive do not read either.

    Args:
        sources: Files and folders.
        report: Takes which files are there several times, and are read once; and which are left out although their
            names are those of data.

    Raises:
        OSError: If a folder cannot be listed, has no files, or has a link to nothing; or if a file is there also
            compressed, whose rows would be there twice.
    """
    found: dict[object, DataFile] = {}
    for source in resolve(sources, recursive=True):
        files = [source] if isinstance(source, DataFile) else _data_of(source, report)
        for file in files:
            location = file.location.resolve() if isinstance(file.location, Path) else file.location
            if found.setdefault(location, file) is not file:
                message = f"a file that is given several times is read once, as {found[location].location}"
                report.add(Severity.CHANGE, "doubled-file", str(file.location), message)
    files = list(found.values())
    by_name: dict[str, DataFile] = {}
    for file in files:
        other = by_name.setdefault(_COMPRESSION.sub("", str(file.location)), file)
        if other is not file:
            message = f"a file must be there once, got {other.location} and {file.location}; remove one"
            raise FileExistsError(f"{message}, or convert them one after the other")
    return files


def all_files(source: DataFile | DataFolder) -> Sequence[DataFile]:
    """Returns a file, or all files of a folder.

    Args:
        source: The file or folder.

    Raises:
        OSError: If the folder has what cannot be read, such as a link to nothing.
    """
    if isinstance(source, DataFile):
        return [source]
    if source.other_entries:
        others = ", ".join(source.other_entries)
        message = f"what is in a folder must be files, folders and links to these, got {others} in {source.location}"
        raise FileNotFoundError(f"{message}; remove links to nothing and pipes")
    return source.files


def require_outside(output: Path, sources: Iterable[DataFile | DataFolder]) -> None:
    """Requires that an output is in no folder that is read, or the next conversion would read it, too.

    Args:
        output: Where it will be.
        sources: What is read.

    Raises:
        OSError: If it is in such a folder, or in one to which a link in it leads.
    """
    place = output.parent.resolve()
    for folder in sources:
        if isinstance(folder, DataFile) or not isinstance(folder.location, Path):
            continue
        parents = {file.location.parent for file in folder.files if isinstance(file.location, Path)}
        if any(place.is_relative_to(parent.resolve()) for parent in (folder.location, *parents)):
            message = f"the output must be outside of the folders that are read, got {output} in {folder.location}"
            raise FileExistsError(f"{message}; name another place, or the next conversion reads it, too")


def _data_of(folder: DataFolder, report: Report) -> list[DataFile]:
    files = []
    for file in all_files(folder):
        if _is_data(file.relative_path):
            files.append(file)
        elif _SUFFIXES.search(file.relative_path.name):
            # An import reads such a .csv file.
            message = f"what is hidden or begins with _ is left out, got {file.relative_path}"
            message = f"{message}; rename it, or convert it by itself, if its rows are wanted"
            report.add(Severity.WARNING, "hidden-file", str(folder.location), message)
    if not files:
        raise FileNotFoundError(f"a folder must have files to convert, got none in {folder.location}")
    return files


def output_names(files: Iterable[DataFile]) -> list[str]:
    """Returns the names of the files of a folder with the conversions, e.g. `items.csv` of `items.jsonl.gz`.

    Args:
        files: The files.

    Raises:
        OSError: If two would have the same name, without regard to case.
    """
    names = [_output_name(file.relative_path) for file in files]
    if len({name.lower() for name in names}) < len(names):
        doubled = ", ".join(sorted(name for name in names if [one.lower() for one in names].count(name.lower()) > 1))
        raise FileExistsError(f"the files of a folder must have different names, got {doubled}; write one .csv file")
    return names


def is_file(output: Path) -> bool:
    """Returns whether an output is one file, and not a folder.

    Args:
        output: Where it will be.

    Raises:
        OSError: If its name is that of another kind of file, or has nothing before its end.
    """
    require_stem(output)
    if output.suffix.lower() != _SUFFIX and _SUFFIXES.search(output.name):
        raise OSError(f"the output is CSV: it must end in {_SUFFIX}, or be a folder, got {output}")
    return output.suffix.lower() == _SUFFIX


def require_stem(output: Path) -> None:
    """Requires that an output is not called by the end of a file's name alone: a hidden file is not imported.

    Args:
        output: Where it will be.

    Raises:
        OSError: If it is.
    """
    if _SUFFIXES.fullmatch(output.name):
        raise OSError(f"the output must have a name before {output.name}, got {output}")


def _is_data(name: PurePosixPath) -> bool:
    return not any(part.startswith((".", "_")) and part.strip(".") for part in name.parts)


def _output_name(name: PurePosixPath) -> str:
    # A key in S3 may have empty parts and dots alone, which must not lead out of the folder.
    stem = "-".join(part for part in re.split(r"[/\\]", str(name)) if part.strip("."))
    stem = stem.strip("<>.")  # <stdin>; a hidden file would not be read
    while stripped := _SUFFIXES.sub("", stem):
        if stripped == stem:
            break
        stem = stripped
    return (stem or "unnamed") + _SUFFIX
