"""The command `data-jobs init`: writes a first app."""

from __future__ import annotations

import os
import shlex
from importlib import resources
from pathlib import Path
from string import Template

import click

from cdk_data_jobs_cli.commands.arguments import InputError, UnwrittenError
from cdk_data_jobs_cli.commands.installed_from import library_requirements

_SUFFIX = ".template"

_NEXT_STEPS = """\
Next:
{change_folder}  pip install -r requirements.txt
  pytest                   # synthesizes the app
  npm install aws-cdk@2
  npx cdk bootstrap        # once for each account and Region
  npx cdk deploy"""


@click.command(
    epilog="""\b
Exit codes:
  0    the files were written
  2    the command was used wrongly, or one of the files is there already
  5    a file, or the output, cannot be written
  130  interrupted"""
)
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write a first app into FOLDER, by default into the current folder.

    The app declares a dataset of Amazon Personalize and imports items.csv into it when it is deployed. Beside it are a
    test, cdk.json and a requirements.txt that installs the library from where this command was installed from.

    Nothing is overwritten: if one of the files is there already, none is written.
    """
    files = _files()
    if present := [name for name in files if os.path.lexists(folder / name)]:
        raise InputError(f"{folder} has {', '.join(present)}, and no file is overwritten: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(content)
    except OSError as error:
        raise UnwrittenError(f"{error.filename or folder}: {error.strerror}") from error
    click.echo(f"{folder}: wrote {', '.join(files)}\n")
    change_folder = f"  cd {shlex.quote(str(folder))}\n" if folder.resolve() != Path.cwd() else ""
    click.echo(_NEXT_STEPS.format(change_folder=change_folder))


def _files() -> dict[str, str]:
    """Returns the content of each file, by its name."""
    library = "\n".join(library_requirements())
    templates = sorted(
        resources.files("cdk_data_jobs_cli").joinpath("app_template").iterdir(), key=lambda one: one.name
    )
    return {
        one.name.removesuffix(_SUFFIX): Template(one.read_text(encoding="utf-8")).substitute(library=library)
        for one in templates
    }
