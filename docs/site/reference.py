"""The pages of the API reference: one for each public module, and one for each of its names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import griffe

HOME = Path(__file__).resolve().parents[2]
ROOTS = ("constructs", "check", "local")
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
    "cdk_data_jobs.testing",
    "cdk_data_jobs_local",
    "cdk_data_jobs_check",
)


@dataclass(frozen=True)
class PublicName:
    """A public name.

    Attributes:
        module: The name of the module that users import it from.
        name: The name in it.
        definition: What it is.
    """

    module: str
    name: str
    definition: griffe.Object | griffe.Alias

    @property
    def path(self) -> str:
        """The name with its module, e.g. `cdk_data_jobs.personalize.DatasetImportJob`."""
        return f"{self.module}.{self.name}"

    @property
    def page(self) -> str:
        """Its page, relative to the folder of the site's pages."""
        return f"reference/{self.module}/{self.name}.md"

    @property
    def spelling(self) -> str:
        """How guides write it, e.g. `personalize.DatasetImportJob`."""
        return self.path.removeprefix("cdk_data_jobs.").removeprefix("cdk_data_jobs_local.")

    @property
    def members(self) -> list[str]:
        """The public members of a class, also the inherited ones."""
        members = self.definition.all_members if self.definition.is_class else {}
        return [name for name in members if not name.startswith("_")]

    def undocumented(self) -> list[str]:
        """Returns itself, if it has no docstring, and its members that have none and are not described in its own."""
        if not self.definition.docstring:
            return [self.path]
        described = self.definition.docstring.value
        members = self.definition.all_members
        return [
            f"{self.path}.{name}"
            for name in self.members
            if not members[name].docstring and f"{name}:" not in described
        ]


def load_modules() -> dict[str, griffe.Module]:
    """Returns the public modules by their names."""
    paths = [HOME / root for root in ROOTS]
    loader = griffe.GriffeLoader(search_paths=paths)
    for package in dict.fromkeys(module.partition(".")[0] for module in MODULES):
        loader.load(package)
    loader.resolve_aliases()
    return {module: loader.modules_collection[module] for module in MODULES}


def public_names(modules: dict[str, griffe.Module]) -> list[PublicName]:
    """Returns the public names, which are those that a module lists in `__all__`, or else defines.

    Args:
        modules: The public modules by their names.
    """
    return [
        PublicName(module, name, one)
        for module, loaded in modules.items()
        for name, one in sorted(loaded.members.items())
        if one.is_public and not one.is_module
    ]


def write_pages(
    modules: dict[str, griffe.Module], names: list[PublicName], guides: dict[str, list[str]], folder: Path
) -> None:
    """Writes the pages.

    Args:
        modules: The public modules by their names.
        names: The public names.
        guides: Links to the guides that use a name, by its path.
        folder: The folder of the site's pages.
    """
    for name in names:
        page = folder / name.page
        page.parent.mkdir(parents=True, exist_ok=True)
        listed = "".join(f"- {link}\n" for link in guides[name.path])
        used = f"\n## Guides that use it\n\n{listed}" if listed else ""
        page.write_text(f"---\ntitle: {name.name}\n---\n\n::: {name.path}\n{used}", encoding="utf-8")
    for module, loaded in modules.items():
        rows = "".join(
            f"| [`{name.name}`]({name.name}.md) | {_first_sentence(name.definition)} |\n"
            for name in names
            if name.module == module
        )
        text = loaded.docstring.value if loaded.docstring else ""
        table = f"| name | what it is |\n|---|---|\n{rows}"
        (folder / "reference" / module / "index.md").write_text(f"# {module}\n\n{text}\n\n{table}", encoding="utf-8")


def _first_sentence(one: griffe.Object | griffe.Alias) -> str:
    return " ".join(one.docstring.value.partition("\n\n")[0].split()) if one.docstring else ""
