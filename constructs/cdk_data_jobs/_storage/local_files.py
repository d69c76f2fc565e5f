"""The local files that a job reads."""

from dataclasses import dataclass
from pathlib import Path

from cdk_data_jobs._support.validation import ValidationError


@dataclass(frozen=True)
class FileFilter:
    """Selects the files of a folder that a job reads.

    Attributes:
        suffixes: The suffixes of their names, in lower case, e.g. `.csv`.
        recursive: Whether the job reads those of sub-folders, too.
    """

    suffixes: tuple[str, ...]
    recursive: bool = False


def find_files(path: Path, file_filter: FileFilter) -> dict[str, Path]:
    """Returns a file by its name, or those files of a folder that a job reads by their paths in it.

    Args:
        path: A file or a folder.
        file_filter: Selects the files that the job reads.

    Raises:
        ValidationError: If the job does not read the file, or if the folder has no file that it reads, or has some in
            sub-folders that it does not read.
    """
    kind = " or ".join(file_filter.suffixes)
    if path.is_file():
        if not path.name.lower().endswith(file_filter.suffixes):
            raise ValidationError(f"an asset must be a {kind} file or a folder of such files, got {str(path)!r}")
        return {path.name: path}
    found = sorted(
        file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(file_filter.suffixes)
    )
    in_sub_folders = [file for file in found if file.parent != path]
    if in_sub_folders and not file_filter.recursive:
        raise ValidationError(
            f"a folder must have its {kind} files at its first level, because the job does not read sub-folders, got "
            f"{str(in_sub_folders[0].relative_to(path))!r} in {str(path)!r}; move the files up or use a job for each "
            "sub-folder"
        )
    if not found:
        level = "" if file_filter.recursive else " at its first level"
        raise ValidationError(f"a folder must have at least one {kind} file{level}, got {str(path)!r}")
    return {file.relative_to(path).as_posix(): file for file in found}
