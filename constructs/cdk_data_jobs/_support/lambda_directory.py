"""The folder with the code of the deployed function."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def lambda_directory() -> Path:
    """Returns the folder of what runs in AWS: inside the package in a wheel, beside the source root in a checkout."""
    packaged = _PACKAGE / "_lambda"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "lambda"
