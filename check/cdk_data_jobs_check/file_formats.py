"""Recognizes files that are not UTF-8 CSV, by how they begin or what they are called, to say what they are.

Sources: the specifications of the formats, which say how files begin; bzip2's is what its program writes. What is after
the letters of Parquet and ORC is what pyarrow writes.
"""

import re
from pathlib import PurePath

_CONTROL = rb"[\x00-\x08\x0e-\x1f]"
_BEGINNINGS = {
    "gzip": rb"\x1f\x8b",
    "Zstandard": rb"\(\xb5/\xfd",
    "xz": rb"\xfd7zXZ\x00",
    "bzip2": rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)",  # a block, or the end of an empty file
    "Parquet": rb"PAR1" + _CONTROL,  # unlike a header whose first column is called so
    "ORC": rb"ORC(?:\n|[^\n]*" + _CONTROL + rb")",
    "Avro": rb"Obj\x01",
    "ZIP or Excel": rb"PK\x03\x04",
    "Excel": rb"\xd0\xcf\x11\xe0",
    "UTF-32": rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff|[^\x00]\x00\x00\x00|\x00\x00\x00[^\x00]",
    "UTF-16": rb"\xff\xfe|\xfe\xff|(?:[^\x00]\x00){2}|(?:\x00[^\x00]){2}",  # without a mark as well: ASCII letters
    "JSON": rb'\{\s*"|\[\s*(?:[\[\]{"0-9-]|true|false|null|$)',
}
_PATTERNS = {name: re.compile(beginning) for name, beginning in _BEGINNINGS.items()}
_SUFFIXES = {
    ".avro": "Avro",
    ".bz2": "bzip2",
    ".gz": "gzip",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".orc": "ORC",
    ".parquet": "Parquet",
    ".tsv": "tab-separated values",
    ".txt": "text",
    ".xls": "Excel",
    ".xlsx": "Excel",
    ".xz": "xz",
    ".zip": "ZIP",
    ".zst": "Zstandard",
}
"""By the last suffix of a name, in lower case. A .txt may well be CSV, but a job reads only .csv files of a folder."""
_SHORT_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}")

CONVERTIBLE = frozenset({"gzip", "JSON", "Parquet", "tab-separated values", "text"})
"""What `data-jobs convert` reads, of the descriptions of files."""


def format_of(beginning: bytes) -> str:
    """Returns what a file is that is not UTF-8 CSV; empty if it may be that.

    Args:
        beginning: Its first bytes.
    """
    return next((name for name, pattern in _PATTERNS.items() if pattern.match(beginning)), "")


def description_of(path: PurePath) -> str:
    """Returns what a file is, in a few words, by its name alone, for a message.

    Args:
        path: The file.
    """
    if path.name.startswith("."):
        return "a checksum file of Hadoop or Spark" if path.suffix.lower() == ".crc" else "a hidden file"
    if path.name.startswith("_"):
        return "a marker of a tool such as Spark"
    if not path.suffix:
        return "a file without a suffix"
    known = _SUFFIXES.get(path.suffix.lower())
    # Of names that end in dates or numbers, each would be of a kind of its own.
    return known or (f"a {path.suffix} file" if _SHORT_SUFFIX.fullmatch(path.suffix) else "a file of another kind")
