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
        self._database.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, dataset TEXT, id TEXT, row TEXT)")
        self._database.execute("CREATE INDEX by_dataset ON rows (dataset)")
        self._database.execute("CREATE UNIQUE INDEX by_id ON rows (dataset, id) WHERE id IS NOT NULL")

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
                values = (dataset, row[identity] if identity else None, json.dumps(row))
                self._database.execute("INSERT OR REPLACE INTO rows (dataset, id, row) VALUES (?, ?, ?)", values)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return count

    def rows(self, dataset: str, *, limit: int | None = None) -> Iterator[dict[str, str]]:
        """A dataset's rows, oldest first; at most `limit` of them."""
        query = "SELECT row FROM rows WHERE dataset = ? ORDER BY number LIMIT ?"
        for (row,) in self._database.execute(query, (dataset, -1 if limit is None else limit)):
            yield json.loads(row)

    def count(self, dataset: str) -> int:
        """How many rows a dataset has."""
        query = "SELECT COUNT(*) FROM rows WHERE dataset = ?"
        return int(self._database.execute(query, (dataset,)).fetchone()[0])

    def clear(self, dataset: str) -> None:
        """Remove a dataset's rows."""
        self._database.execute("DELETE FROM rows WHERE dataset = ?", (dataset,))

    def close(self) -> None:
        """Give the database file back."""
        self._database.close()
