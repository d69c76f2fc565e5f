"""Which local files a job reads."""

from dataclasses import dataclass
from pathlib import Path

from cdk_data_jobs.checks import ValidationError


@dataclass(frozen=True)
class FileChoice:
    """Which files of a folder a job reads.

    Attributes:
        suffixes: How their names end, in lower case.
        sub_folders: Whether it reads those of sub-folders.
    """

    suffixes: tuple[str, ...]
    sub_folders: bool = False


def files_of(path: Path, choice: FileChoice) -> dict[str, Path]:
    """Returns a file, or the files of a folder that a job reads, by their names below it.

    Args:
        path: A file or a folder.
        choice: Which files the job reads.

    Raises:
        ValidationError: If the file is none that the job reads, or the folder has no such file, or has some where the
            job does not look.
    """
    kind = " or ".join(choice.suffixes)
    if path.is_file():
        if path.suffix.lower() not in choice.suffixes:
            raise ValidationError(f"an asset must be a {kind} file or a folder of such files, got {str(path)!r}")
        return {path.name: path}
    found = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in choice.suffixes)
    below = [one for one in found if one.parent != path]
    if below and not choice.sub_folders:
        raise ValidationError(
            f"a folder must have its {kind} files at its first level, because the job does not read sub-folders, got "
            f"{str(below[0].relative_to(path))!r} in {str(path)!r}; move the files up or use a job for each sub-folder"
        )
    if not found:
        level = "" if choice.sub_folders else " at its first level"
        raise ValidationError(f"a folder must have at least one {kind} file{level}, got {str(path)!r}")
    return {one.relative_to(path).as_posix(): one for one in found}
