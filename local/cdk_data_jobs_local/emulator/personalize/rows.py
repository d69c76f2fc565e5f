"""Where are a dataset's rows kept, so that a million of them need little memory?"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


class RowStore:
    """The rows of datasets, in a database file."""

    def __init__(self, path: Path | None = None) -> None:
        # The caller serialises access: calls come from whatever thread serves a request.
        """Make one.

        Args:
            path: the file; None keeps the rows in memory.
        """
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE rows (number INTEGER PRIMARY KEY, dataset TEXT, id TEXT, user TEXT, row TEXT)"
        )
        self._database.execute("CREATE INDEX by_dataset ON rows (dataset)")
        self._database.execute("CREATE UNIQUE INDEX by_id ON rows (dataset, id) WHERE id IS NOT NULL")
        self._database.execute("CREATE TEMPORARY TABLE leaving (user TEXT PRIMARY KEY)")

    def load(self, dataset: str, rows: Iterable[Mapping[str, str]], *, identity: str | None, replace: bool) -> int:
        """Take rows into a dataset; all of them, or none if reading them fails.

        Args:
            dataset: the dataset's ARN.
            rows: the rows, by column.
            identity: the column that identifies a row: a later row takes the place of an earlier one with the same
                value. None adds every row.
            replace: whether the rows replace those that are there, instead of joining them.

        Returns:
            How many rows were read.
        """
        count = 0
        self._database.execute("BEGIN")
        try:
            if replace:
                self.clear(dataset)
            for count, row in enumerate(rows, start=1):  # noqa: B007
                values = (dataset, row[identity] if identity else None, row.get("USER_ID"), json.dumps(row))
                self._database.execute(
                    "INSERT OR REPLACE INTO rows (dataset, id, user, row) VALUES (?, ?, ?, ?)", values
                )
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
        number = "MIN(number)" if distinct else "number"
        query = f"SELECT row FROM rows WHERE dataset = ? {once} ORDER BY {number} LIMIT ?"  # noqa: S608
        for (row,) in self._database.execute(query, (dataset, -1 if limit is None else limit)):
            yield json.loads(row)

    def values(self, dataset: str, column: str) -> set[str]:
        """The values that a column of a dataset has."""
        return {row[column] for row in self.rows(dataset)}

    def count(self, dataset: str) -> int:
        """How many rows a dataset has."""
        query = "SELECT COUNT(*) FROM rows WHERE dataset = ?"
        return int(self._database.execute(query, (dataset,)).fetchone()[0])

    def delete_users(self, dataset: str, users: Iterable[str]) -> int:
        """Remove the rows of users from a dataset; returns how many there were."""
        self._database.execute("BEGIN")
        self._database.execute("DELETE FROM leaving")
        self._database.executemany("INSERT OR IGNORE INTO leaving VALUES (?)", ((user,) for user in users))
        query = "DELETE FROM rows WHERE dataset = ? AND user IN (SELECT user FROM leaving)"
        deleted = self._database.execute(query, (dataset,)).rowcount
        self._database.execute("COMMIT")
        return deleted

    def clear(self, dataset: str) -> None:
        """Remove a dataset's rows."""
        self._database.execute("DELETE FROM rows WHERE dataset = ?", (dataset,))

    def close(self) -> None:
        """Give the database file back."""
        self._database.close()
