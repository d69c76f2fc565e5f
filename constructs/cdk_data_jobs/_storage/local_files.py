"""The local files that a job reads, and those of their folder that it leaves out."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs_check.file_formats import description_of, format_of
from cdk_data_jobs_check.findings import escape_control_characters
from cdk_data_jobs_check.folders import files_below

CONVERT_HINT = "`data-jobs convert` writes what is accepted from other formats and dialects"

_MAX_BEGINNING = 16  # bytes, in which a format shows
_MAX_KINDS_SHOWN = 10


def describe_missing(path: str | os.PathLike[str]) -> str:
    """Returns why there is nothing at a path, for the end of a message, and what a relative path counts from.

    Args:
        path: The path.
    """
    if not os.fspath(path) or Path(path).is_absolute() or is_unresolved(path):
        return "not found"
    return (
        f"not found in {str(Path.cwd())!r}, in which the app is synthesized; a path that counts from a module's folder "
        f"is Path(__file__).parent / {os.fspath(path)!r}"
    )


@dataclass(frozen=True)
class FileFilter:
    """Selects the files of a folder that a job reads.

    Attributes:
        suffixes: The suffixes of their names, in lower case, e.g. `.csv`.
        recursive: Whether the job reads those of sub-folders, too.
        can_check: Whether the job can check their rows; `data-jobs convert` writes such files then.
    """

    suffixes: tuple[str, ...]
    recursive: bool = False
    can_check: bool = False

    @property
    def kind(self) -> str:
        """The kind of file, for a message."""
        return " or ".join(self.suffixes)

    @property
    def convert_hint(self) -> str:
        """How to get such a file from others, for the end of a message; empty if there is no tool for it."""
        return f"; {CONVERT_HINT}" if self.can_check else ""

    def selects(self, file: Path) -> bool:
        """Returns whether a file has a name like those that the job reads."""
        return file.is_file() and file.name.lower().endswith(self.suffixes)


def find_files(path: Path, file_filter: FileFilter) -> dict[str, Path]:
    """Returns a file by its name, or those files of a folder that a job reads by their paths in it.

    Args:
        path: A file or a folder.
        file_filter: Selects the files that the job reads.

    Raises:
        ValidationError: If the job does not read the file, or if the folder has no file that it reads, or has some in
            sub-folders that it does not read.
    """
    kind = file_filter.kind
    if path.is_file():
        if not file_filter.selects(path):
            raise ValidationError(
                f"an asset must be a {kind} file or a folder of such files, got {str(path)!r}, {_format_of(path)}"
                f"{file_filter.convert_hint}"
            )
        return {path.name: path}
    found = [file for file in files_below(path) if file_filter.selects(file)]
    in_sub_folders = [file for file in found if file.parent != path]
    if in_sub_folders and not file_filter.recursive:
        raise ValidationError(
            f"a folder must have its {kind} files at its first level, because the job does not read sub-folders, got "
            f"{str(in_sub_folders[0].relative_to(path))!r} in {str(path)!r}; move the files up or use a job for each "
            "sub-folder"
        )
    if not found:
        level = "" if file_filter.recursive else " at its first level"
        raise ValidationError(
            f"a folder must have at least one {kind} file{level}, got {str(path)!r} with "
            f"{_list_kinds(path, _files_left_out(path, file_filter))}{file_filter.convert_hint}"
        )
    return {file.relative_to(path).as_posix(): file for file in found}


def left_out_warning(path: Path, file_filter: FileFilter) -> str | None:
    """Returns a warning of the files of a folder that a job does not read; None if there are none.

    Args:
        path: A file or a folder.
        file_filter: Selects the files that the job reads.
    """
    files = _files_left_out(path, file_filter)
    return (
        f"a job reads only {file_filter.kind} files of its folder, got {str(path)!r} with {_list_kinds(path, files)}; "
        f"remove them, or convert them if their rows are wanted{file_filter.convert_hint}"
        if files
        else None
    )


def hidden_files_warning(path: Path, file_filter: FileFilter) -> str | None:
    """Returns a warning of the hidden files of a folder that a job reads all the same; None if there are none.

    Args:
        path: A file or a folder.
        file_filter: Selects the files that the job reads.
    """
    files = [file for file in _files_in(path) if file_filter.selects(file) and file.name.startswith((".", "_"))]
    return (
        f"a job reads every {file_filter.kind} file of its folder, got {str(path)!r} with {_list_kinds(path, files)}; "
        "remove them, unless their rows are wanted"
        if files
        else None
    )


def _files_left_out(folder: Path, file_filter: FileFilter) -> list[Path]:
    return [file for file in _files_in(folder) if not file_filter.selects(file)]


def _files_in(path: Path) -> list[Path]:
    return files_below(path) if path.is_dir() else []


def _list_kinds(folder: Path, files: Iterable[Path]) -> str:
    """Returns what there is of each kind of file: the first one's name, how many more there are, and what they are."""
    by_kind = defaultdict(list)
    for file in sorted(files):
        by_kind[_kind_of(file)].append(file.relative_to(folder).as_posix())
    kinds = [
        escape_control_characters(f"{first}{f' and {len(more)} more' if more else ''} ({kind})")
        for kind, (first, *more) in by_kind.items()
    ]
    more = [f"{len(kinds) - _MAX_KINDS_SHOWN} more kinds"] if len(kinds) > _MAX_KINDS_SHOWN else []
    return ", ".join([*kinds[:_MAX_KINDS_SHOWN], *more])


def _kind_of(file: Path) -> str:
    """Returns what a file in a folder is: by its name, unless it is no file that can be copied."""
    if file.is_file():
        return description_of(file)
    return "a pipe or device" if file.exists() else "a broken link"


def _format_of(file: Path) -> str:
    """Returns what a file is, by its content or else by its name."""
    with file.open("rb") as stream:
        return format_of(stream.read(_MAX_BEGINNING)) or escape_control_characters(description_of(file))
