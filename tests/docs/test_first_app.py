"""The first app of a newcomer, copied file by file from its guide, deploys and imports what it says."""

import re
from pathlib import Path

import pytest

from cdk_data_jobs_local import OfflineAws

HOME = Path(__file__).parents[2]
GUIDE = HOME / "docs" / "guides" / "first-app.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the guide's files."""
    files = re.findall(
        r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    for name, content in files:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert [name for name, _ in files] == ["cdk.json", "items.csv", "app.py"]
    monkeypatch.setenv("CDK_DATA_JOBS_CDK", str(HOME / "node_modules" / ".bin" / "cdk"))
    return tmp_path


def test_the_first_app_deploys_and_runs_again_when_its_file_changes(folder: Path) -> None:
    with OfflineAws(speed=240) as aws:
        aws.bootstrap(cwd=folder)
        deployed = aws.cdk("deploy", "--require-approval", "never", cwd=folder)
        assert deployed.returncode == 0, deployed.stdout
        assert "Shop.Status = ACTIVE" in deployed.stdout
        [job] = aws.personalize.jobs()
        assert len(aws.personalize.rows(job["datasetArn"])) == 3

        file = folder / "items.csv"
        file.write_text(file.read_text(encoding="utf-8").replace("12.5", "11.5"), encoding="utf-8")
        again = aws.cdk("deploy", "--require-approval", "never", cwd=folder)

        assert again.returncode == 0, again.stdout
        assert len(aws.personalize.jobs()) == 2
        assert aws.personalize.rows(job["datasetArn"])[0]["PRICE"] == "11.5"
