"""The built site: each public name is found, as what it is, with what it inherits, and guides and reference are joined.

A test in a browser is skipped where there is no Chromium, and says so.
"""

import html
import importlib
import inspect
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, find_chromium

HOME = Path(__file__).parents[2]
MODULES = (
    "cdk_data_jobs",
    "cdk_data_jobs.personalize",
    "cdk_data_jobs.pinpoint",
    "cdk_data_jobs.athena",
    "cdk_data_jobs.bedrock",
    "cdk_data_jobs.dynamodb",
    "cdk_data_jobs.glue",
    "cdk_data_jobs.redshift",
    "cdk_data_jobs.sesv2",
    "cdk_data_jobs.stepfunctions",
    "cdk_data_jobs_check",
    "cdk_data_jobs_local",
)
OURS = ("cdk_data_jobs", "cdk_data_jobs_check", "cdk_data_jobs_local")
NAMES = [
    (module, name)
    for module in MODULES
    for name in importlib.import_module(module).__all__
    if not inspect.ismodule(getattr(importlib.import_module(module), name))
] + [("cdk_data_jobs.testing", "stable_template")]
IMPORT = "reference/cdk_data_jobs.personalize/DatasetImportJob.html"

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="`make docs` needs Python 3.11")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "site"
    command = [sys.executable, "docs/site/build.py", str(folder)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)  # noqa: S603 - it is ours
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    return set(re.findall(r'\bid="?([^"\s>]+)', text_of(page)))


def own_members(one: object) -> Iterator[str]:
    """The public members of a class that the project defines, also those of its base classes."""
    if not inspect.isclass(one):
        return
    for base in one.__mro__:
        if base.__module__.split(".")[0] in OURS:
            yield from (name for name in vars(base) if not name.startswith("_"))


@pytest.mark.parametrize(("module", "name"), NAMES, ids=str)
def test_a_public_name_has_a_page_with_all_its_members(site: Path, module: str, name: str) -> None:
    page = site / "reference" / module / f"{name}.html"
    text = text_of(page)

    assert f'id="{module}.{name}"' in text
    # A member has a heading, and an attribute that the docstring of a class describes is in a list.
    members = {*own_members(getattr(importlib.import_module(module), name))}
    assert {one for one in members if f'"{module}.{name}.{one}"' not in text} == set()
    assert f"{name}.html" in text_of(page.parent / "index.html")


def test_a_jobs_page_has_what_it_inherits(site: Path) -> None:
    inherited = {"run_on_upload", "run_on_schedule", "as_task", "on_failed", "metric_failed", "status", "role"}

    assert {f"cdk_data_jobs.personalize.DatasetImportJob.{name}" for name in inherited} <= anchors(site / IMPORT)


def test_what_a_job_reports_is_an_attribute_of_the_type_str(site: Path) -> None:
    [article] = re.findall("<article.*?</article>", text_of(site / IMPORT), re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", "", article))

    assert re.search(r"\bstatus\s+property\s*¶\s+status:\s+str\s+The job's status", text)
    assert not re.search(r"=\s*Attribute\(", text)
    assert "unknown" not in text


def test_guides_and_reference_are_joined(site: Path) -> None:
    start, guide = text_of(site / "index.html"), text_of(site / "docs" / "guides" / "load-data.html")

    assert "docs/guides/first-app.html" in start
    assert "reference/cdk_data_jobs.personalize/DatasetGroup.html" in start
    assert "../../reference/cdk_data_jobs.personalize/Dataset.html" in guide
    assert "../../docs/guides/load-data.html" in text_of(site / IMPORT).partition("Guides that use it")[2]


def test_every_link_leads_somewhere(site: Path) -> None:
    found = {page: anchors(page) for page in site.rglob("*.html")}

    assert [
        (page.relative_to(site).as_posix(), link)
        for page in found
        if page.name != "404.html"  # its links are those of a server
        for link in re.findall(r'(?:href|src)="?([^"\s>]+)', text_of(page))
        if not re.match("[a-z]+:", link) and not leads_somewhere(html.unescape(link), page, found)
    ] == []


def leads_somewhere(link: str, page: Path, found: dict[Path, set[str]]) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
    if target.is_dir():
        target /= "index.html"
    return target.exists() and (not anchor or target not in found or urllib.parse.unquote(anchor) in found[target])


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium: `apt install chromium`, or set CHROMIUM")
def test_a_browser_opens_the_pages_from_a_disk_and_finds_a_method_by_search(site: Path) -> None:
    with Browser() as browser:
        for page in ("index.html", IMPORT, "docs/guides/load-data.html"):
            browser.open((site / page).as_uri())
            assert browser.evaluate("document.querySelector('h1').innerText.length > 0")
            assert browser.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        browser.open((site / "index.html").as_uri())
        first, *_ = search(browser, "run_on_upload")
        browser.open(first)

        assert browser.evaluate("location.hash").endswith("Job.run_on_upload")
        assert browser.requests_of_servers == []
        assert browser.errors == []


def search(browser: Browser, words: str) -> list[str]:
    """Types words into the field for searches; returns the links of the results, the best first."""
    field = "document.activeElement.shadowRoot?.querySelector('input')"
    browser.evaluate("document.querySelector('.md-search__button').click()")
    browser.wait_for(f"{field} != null")
    browser.type(words)
    results = "document.activeElement.shadowRoot.querySelectorAll('a[role=option]')"
    browser.wait_for(f"{results}.length > 0")
    links: list[str] = browser.evaluate(f"[...{results}].map(result => result.href)")
    return links
