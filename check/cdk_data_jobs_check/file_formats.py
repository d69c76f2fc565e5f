"""Recognizes files that are no CSV in UTF-8, by how they begin or what they are called, to say what they are."""

from pathlib import PurePath

_BEGINNINGS = {
    b"\x1f\x8b": "gzip",
    b"PAR1": "Parquet",
    b"PK\x03\x04": "ZIP or Excel",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"(\xb5/\xfd": "Zstandard",
    b"BZh": "bzip2",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b'{"': "JSON",
    b"[": "JSON",
}
_SUFFIXES = {
    ".gz": "gzip",
    ".zst": "Zstandard",
    ".bz2": "bzip2",
    ".zip": "ZIP",
    ".parquet": "Parquet",
    ".xlsx": "Excel",
    ".xls": "Excel",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".tsv": "tab-separated values",
    ".txt": "text",
}
"""By the last suffix of a name, in lower case."""


def format_of(beginning: bytes) -> str:
    """Returns what a file is that is no CSV in UTF-8; empty if it may be one.

    Args:
        beginning: Its first bytes.
    """
    return next((name for start, name in _BEGINNINGS.items() if beginning.startswith(start)), "")


def description_of(path: PurePath) -> str:
    """Returns what a file is, in a few words, by its name alone, for a message.

    Args:
        path: The file.
    """
    if path.name.startswith("."):
        return "a hidden file"
    if path.name.startswith("_"):
        return "a marker of a tool such as Spark"
    known = _SUFFIXES.get(path.suffix.lower())
    return known or (f"a {path.suffix} file" if path.suffix else "a file without a suffix")
