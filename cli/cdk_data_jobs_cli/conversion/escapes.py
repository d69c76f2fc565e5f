r"""Decodes the escapes with which MySQL and PostgreSQL write CSV and text, such as `\t`, `\\` and `\N`.

Sources: the manual of MySQL ("LOAD DATA Statement", field and line handling) and that of PostgreSQL ("COPY", text
format).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk_data_jobs_check.findings import excerpt
from cdk_data_jobs_cli.conversion.input_file import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_cli.conversion.lines import Lines

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "Z": "\x1a"}
# `csv` takes the character after a backslash as it is, so that two remain of the null, which stands for itself.
_MEANINGS = {letter: f"\\{character}" for letter, character in _CONTROL.items()} | {"N": r"\\N"}


def decode_escapes(lines: Iterator[str], source: Lines) -> Iterator[str]:
    r"""Yields lines in which a backslash is only before a character that it makes an ordinary one.

    Args:
        lines: The lines. `\N` is left as a value of its own.
        source: Where they are from, which has their numbers.

    Raises:
        UnreadableError: If there is an escape that neither program writes.
    """
    for line in lines:
        yield _ESCAPE.sub(lambda match: _meaning(match, source), line) if "\\" in line else line


def _meaning(match: re.Match[str], source: Lines) -> str:
    character = match[1]
    if not character.isalnum():
        return match[0]
    if character not in _MEANINGS:
        before = match.string[max(0, match.start() - 20) : match.end() + 20].rstrip("\n")
        message = rf"an escape must be \n, \t, \\ or the like, got {match[0]} in {excerpt(before)}"
        raise UnreadableError(f"{message}; leave out --backslash if it is no escape", "backslash", source.number)
    return _MEANINGS[character]
