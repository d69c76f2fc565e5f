"""An output appears under its name when it is complete, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdk_data_jobs_cli.conversion.output import OutputError, new_output


def test_what_is_not_completed_is_deleted(tmp_path: Path) -> None:
    with new_output(tmp_path / "out") as output:
        output.append(["a\n"], "a.csv")
        assert not output.path.exists()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a.csv"])
def test_what_is_completed_has_its_name(tmp_path: Path, name: str) -> None:
    with new_output(tmp_path / "out") as output:
        output.append(["a\n"], name)
        output.append([], name)
        output.append(["b\n"], name)
        output.complete()

    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / name).read_text() == "a\nb\n"


def test_what_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    with new_output(tmp_path / "out") as output:
        output.append(["a\n"])
        output.path.write_text("mine")
        with pytest.raises(FileExistsError, match="the output must not exist, got"):
            output.complete()

    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("name", ["../a.csv", "b/a.csv", "/a.csv"])
def test_no_file_is_written_outside_of_a_folder(tmp_path: Path, name: str) -> None:
    with new_output(tmp_path / "out") as output:
        with pytest.raises(ValueError, match="must not have a folder, got"):
            output.append(["a\n"], name)
        assert [*tmp_path.rglob("a.csv")] == []


def test_a_full_disk_is_an_error_of_the_output(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    with new_output(tmp_path / "out") as output:
        os.symlink("/dev/full", output.unfinished)  # noqa: PTH211
        with pytest.raises(OutputError, match="cannot be written: No space left on device"):
            output.append(["a\n"])


def test_the_folder_of_an_output_must_exist(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"must exist, got .*nodir; make it first"),
        new_output(tmp_path / "nodir" / "out.csv"),
    ):
        pass
