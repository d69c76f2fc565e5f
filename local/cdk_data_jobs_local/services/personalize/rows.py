"""A dataset's rows, in files as they were imported: a million of them need little memory."""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from cdk_data_jobs_check.reading import read_names, read_rows, write_row
from cdk_data_jobs_check.schema import Schema
from cdk_data_jobs_check.schema_rules import IDENTITY


class RowStore:
    """The rows of datasets, each as the strings of its values in the order of the schema's columns."""

    def __init__(self) -> None:
        """Creates it without any, in a temporary folder."""
        self._home = tempfile.TemporaryDirectory(prefix="rows-")
        self._schemas: dict[str, Schema] = {}
        self._folders: dict[str, list[tuple[Path, tuple[str, ...]]]] = {}

    @contextlib.contextmanager
    def loading(self, dataset: str, schema: Schema, *, replace: bool) -> Iterator[Path]:
        """Takes into a dataset the files that the block writes; all of them, or none if it raises.

        Args:
            dataset: The dataset's ARN.
            schema: The dataset's schema, which the rows fit.
            replace: Whether the rows replace those that are there, instead of joining them. Of items, users and
                actions with the same id, the last one counts in any case.

        Yields:
            The folder to write CSV files to; the order of their names is that of their rows.
        """
        folder = Path(tempfile.mkdtemp(dir=self._home.name))
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder)
            raise
        if replace:
            self.clear(dataset)
        self._schemas[dataset] = schema
        self._folders.setdefault(dataset, []).append((folder, schema.names))

    def use_schema(self, dataset: str, schema: Schema) -> None:
        """Gives the rows of a dataset the columns of another schema, which has those of the present one."""
        if dataset in self._schemas:
            self._schemas[dataset] = schema

    def rows(self, dataset: str) -> Iterator[list[str]]:
        """Returns a dataset's rows, oldest first; of items, users and actions with the same id the newest."""
        schema = self._schemas.get(dataset)
        identity = schema and IDENTITY.get(schema.dataset_type)
        if schema is None or identity is None:
            yield from self.imported_rows(dataset)
            return
        at = schema.names.index(identity)
        newest = {row[at]: number for number, row in enumerate(self.imported_rows(dataset))}
        for number, row in enumerate(self.imported_rows(dataset)):
            if newest[row[at]] == number:
                yield row

    def imported_rows(self, dataset: str) -> Iterator[list[str]]:
        """Returns all rows that imports have put into a dataset, oldest first."""
        columns = self._schemas[dataset].names if dataset in self._schemas else ()
        for folder, names in self._folders.get(dataset, []):
            for path in sorted(folder.iterdir()):
                with path.open("rb") as stream:
                    header = read_names(stream)
                    known = {name: header.index(name) for name in names}
                    positions = [known.get(column) for column in columns]
                    for row in read_rows(stream, len(header)):
                        yield ["" if position is None else row[position] for position in positions]

    def by_column(self, dataset: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """Returns a dataset's rows by the names of the columns, oldest first; at most `limit`, or all."""
        rows = itertools.islice(self.rows(dataset), limit)
        return [dict(zip(self._schemas[dataset].names, row, strict=True)) for row in rows]

    def values(self, dataset: str, column: str) -> set[str]:
        """Returns the values that a column of a dataset has."""
        return {row[self._schemas[dataset].names.index(column)] for row in self.rows(dataset)}

    def delete_users(self, dataset: str, users: Collection[str]) -> int:
        """Removes the rows of users from a dataset, also those that newer ones have replaced.

        Returns:
            How many of `rows` are gone.
        """
        if dataset not in self._schemas:
            return 0
        schema = self._schemas[dataset]
        at = schema.names.index("USER_ID")
        deleted = sum(row[at] in users for row in self.rows(dataset))
        with (
            self.loading(dataset, schema, replace=True) as folder,
            (folder / "rest.csv").open("w", encoding="utf-8", newline="") as rest,
        ):
            rest.write(write_row(schema.names))
            rest.writelines(write_row(row) for row in self.imported_rows(dataset) if row[at] not in users)
        return deleted

    def clear(self, dataset: str) -> None:
        """Removes a dataset's rows."""
        self._schemas.pop(dataset, None)
        for folder, _ in self._folders.pop(dataset, []):
            shutil.rmtree(folder)

    def close(self) -> None:
        """Removes all files."""
        self._home.cleanup()
