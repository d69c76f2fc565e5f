"""Where are a dataset's rows kept, so that a million of them need little memory?"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_TABLES = """
PRAGMA synchronous = OFF;
CREATE TABLE datasets (number INTEGER PRIMARY KEY, arn TEXT UNIQUE, columns TEXT);
CREATE TABLE rows (number INTEGER PRIMARY KEY, dataset INTEGER, id TEXT, user TEXT, row TEXT);
CREATE INDEX by_dataset ON rows (dataset);
CREATE UNIQUE INDEX by_id ON rows (dataset, id) WHERE id IS NOT NULL;
CREATE TEMPORARY TABLE leaving (user TEXT PRIMARY KEY);
"""


class RowStore:
    """The rows of datasets, in a database file; the columns' names are kept once for each dataset."""

    def __init__(self, path: Path | None = None) -> None:
        """Make one.

        Args:
            path: the file; None keeps the rows in memory.
        """
        # The caller serialises access: calls come from whatever thread serves a request.
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)

    def load(self, dataset: str, rows: Iterable[Mapping[str, str]], *, identity: str | None, replace: bool) -> int:
        """Take rows into a dataset; all of them, or none if reading them fails.

        Args:
            dataset: the dataset's ARN.
            rows: the rows, by column; all rows that a dataset holds have the same columns in the same order.
            identity: the column that identifies a row: a later row takes the place of an earlier one with the same
                value. None adds every row.
            replace: whether the rows replace those that are there, instead of joining them.

        Returns:
            How many rows were read.
        """
        count = 0

        def values() -> Iterator[tuple[int, str | None, str | None, str]]:
            nonlocal count
            for row in rows:
                if not count:
                    self._database.execute("UPDATE datasets SET columns = ? WHERE number = ?", (_json(row), number))
                count += 1
                yield number, row[identity] if identity else None, row.get("USER_ID"), _json(row.values())

        self._database.execute("BEGIN")
        try:
            self._database.execute("INSERT OR IGNORE INTO datasets (arn) VALUES (?)", (dataset,))
            number, _ = self._dataset(dataset)
            if replace:
                self.clear(dataset)
            query = "INSERT OR REPLACE INTO rows (dataset, id, user, row) VALUES (?, ?, ?, ?)"
            self._database.executemany(query, values())
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return count

    def rows(self, dataset: str, *, limit: int | None = None, distinct: bool = False) -> Iterator[dict[str, str]]:
        """A dataset's rows, oldest first.

        Args:
            dataset: the dataset's ARN.
            limit: the most rows to return; None returns all.
            distinct: whether rows that are the same in all columns are returned once.
        """
        once = "GROUP BY row" if distinct else ""
        order = "MIN(number)" if distinct else "number"
        query = f"SELECT row FROM rows WHERE dataset = ? {once} ORDER BY {order} LIMIT ?"  # noqa: S608
        number, columns = self._dataset(dataset)
        for (row,) in self._database.execute(query, (number, -1 if limit is None else limit)):
            yield dict(zip(columns, json.loads(row), strict=True))

    def values(self, dataset: str, column: str) -> set[str]:
        """The values that a column of a dataset has."""
        return {row[column] for row in self.rows(dataset)}

    def count(self, dataset: str) -> int:
        """How many rows a dataset has."""
        number, _ = self._dataset(dataset)
        return int(self._database.execute("SELECT COUNT(*) FROM rows WHERE dataset = ?", (number,)).fetchone()[0])

    def delete_users(self, dataset: str, users: Iterable[str]) -> int:
        """Remove the rows of users from a dataset; returns how many there were."""
        number, _ = self._dataset(dataset)
        self._database.execute("BEGIN")
        self._database.execute("DELETE FROM leaving")
        self._database.executemany("INSERT OR IGNORE INTO leaving VALUES (?)", ((user,) for user in users))
        query = "DELETE FROM rows WHERE dataset = ? AND user IN (SELECT user FROM leaving)"
        deleted = self._database.execute(query, (number,)).rowcount
        self._database.execute("COMMIT")
        return deleted

    def clear(self, dataset: str) -> None:
        """Remove a dataset's rows."""
        number, _ = self._dataset(dataset)
        self._database.execute("DELETE FROM rows WHERE dataset = ?", (number,))

    def close(self) -> None:
        """Give the database file back."""
        self._database.close()

    def _dataset(self, arn: str) -> tuple[int, list[str]]:
        """A dataset's number and its columns; of one without rows, neither says anything."""
        found = self._database.execute("SELECT number, columns FROM datasets WHERE arn = ?", (arn,)).fetchone()
        number, columns = found or (0, None)
        return number, json.loads(columns or "[]")


def _json(texts: Iterable[str]) -> str:
    return _ENCODER.encode(list(texts))
