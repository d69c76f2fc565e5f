"""What the distributions hold, and that their sdists hold all that their wheels are built from."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
FOLDERS = {"cdk_data_jobs": HOME, "cdk_data_jobs_check": HOME / "check", "cdk_data_jobs_local": HOME / "local"}
SOURCES = {
    "cdk_data_jobs": {
        "cdk_data_jobs": HOME / "constructs/cdk_data_jobs",
        "cdk_data_jobs/_lambda": HOME / "lambda",
        "cdk_data_jobs_cli": HOME / "cli/cdk_data_jobs_cli",
    },
    "cdk_data_jobs_check": {"cdk_data_jobs_check": HOME / "check/cdk_data_jobs_check"},
    "cdk_data_jobs_local": {"cdk_data_jobs_local": HOME / "local/cdk_data_jobs_local"},
}
ENTRY_POINTS = {
    "cdk_data_jobs": ["[console_scripts]", "data-jobs = cdk_data_jobs_cli.main:main"],
    "cdk_data_jobs_check": [],
    "cdk_data_jobs_local": ["[pytest11]", "cdk_data_jobs_local = cdk_data_jobs_local.api.pytest_plugin"],
}


def test_all_have_one_version_and_require_it() -> None:
    files = [(folder / "pyproject.toml").read_text(encoding="utf-8") for folder in FOLDERS.values()]
    versions = [re.findall(r'^version = "(.+)"$', file, re.MULTILINE) for file in files]

    required = {one for file in files for one in re.findall(r'"cdk-data-jobs-\w+==(.+?)"', file)}

    # One tag publishes all.
    assert {len(found) for found in versions} == {1}
    assert {found[0] for found in versions} == required


@dataclass(frozen=True)
class Distribution:
    """A distribution's sdist, its wheel, and the wheel that its sdist builds, by their members."""

    name: str
    sdist: list[tarfile.TarInfo]
    wheel: dict[str, bytes]
    wheel_of_sdist: dict[str, bytes]


@pytest.fixture(scope="module", params=FOLDERS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    work = tmp_path_factory.mktemp("dist")
    build(FOLDERS[request.param], work)
    [packed] = work.glob("*.tar.gz")
    with tarfile.open(packed) as sdist:
        members = sdist.getmembers()
        sdist.extractall(work, filter="data")
    build(work / packed.name.removesuffix(".tar.gz"), work / "again")
    return Distribution(request.param, members, wheel_in(work), wheel_in(work / "again"))


def build(folder: Path, target: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - it is ours
    assert done.returncode == 0, done.stderr


def wheel_in(folder: Path) -> dict[str, bytes]:
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


def test_the_sdist_builds_the_same_wheel(built: Distribution) -> None:
    assert built.wheel_of_sdist == built.wheel


def test_an_sdist_has_no_links(built: Distribution) -> None:
    assert [member.name for member in built.sdist if not member.isfile()] == []


def test_a_wheel_has_all_files_of_its_sources_and_no_others(built: Distribution) -> None:
    files = {
        f"{package}/{path.relative_to(folder).as_posix()}"
        for package, folder in SOURCES[built.name].items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert {name for name in built.wheel if ".dist-info/" not in name} == files


def test_a_wheel_has_types_and_the_licence(built: Distribution) -> None:
    licences = [content for name, content in built.wheel.items() if name.endswith(".dist-info/licenses/LICENSE")]

    assert {f"{name.partition('/')[0]}/py.typed" for name in built.wheel if ".dist-info/" not in name} <= {*built.wheel}
    assert licences == [(HOME / "LICENSE").read_bytes()]


def test_only_the_offline_aws_has_a_pytest_plugin(built: Distribution) -> None:
    found = [content.decode() for name, content in built.wheel.items() if name.endswith("entry_points.txt")]

    assert "".join(found).splitlines() == ENTRY_POINTS[built.name]
