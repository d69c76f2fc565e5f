"""Writes the CSV files of the example: a small bookshop, the same bytes every time."""

from __future__ import annotations

import csv
import random
from pathlib import Path

DATA = Path(__file__).parent / "data"
GENRES = ("crime", "cooking", "history", "poetry", "science", "travel")
AGES = ("18-29", "30-44", "45-59", "60+")
OPENED = 1_735_689_600
"""When the shop opened: 2025-01-01, in Unix seconds."""


def main() -> None:
    """Writes items.csv, users.csv and interactions.csv."""
    chance = random.Random(20250101)  # noqa: S311 - example data, not a secret
    items = [
        (f"book-{number:03}", chance.choice(GENRES), f"{chance.randint(500, 4000) / 100:.2f}") for number in range(80)
    ]
    users = [(f"reader-{number:03}", chance.choice(AGES)) for number in range(150)]
    likes = {user: chance.choice(GENRES) for user, _ in users}
    interactions = []
    second = OPENED
    while len(interactions) < 1500:  # noqa: PLR2004 - Personalize wants 1,000 at least
        second += chance.randint(60, 7200)
        user, _ = chance.choice(users)
        shelf = [item for item, genre, _ in items if genre == likes[user]] if chance.random() < 0.7 else []  # noqa: PLR2004
        item = chance.choice(shelf or [item for item, _, _ in items])
        interactions.append((user, item, second, chance.choices(("view", "buy"), (4, 1))[0]))
    write("items.csv", ("ITEM_ID", "GENRE", "PRICE"), items)
    write("users.csv", ("USER_ID", "AGE_GROUP"), users)
    write("interactions.csv", ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"), interactions)


def write(name: str, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Writes one file."""
    DATA.mkdir(exist_ok=True)
    with (DATA / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()
