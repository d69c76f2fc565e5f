"""The emulators inside MiniStack's server. Nothing outside this package imports ministack.

It reaches into tables of ministack that nobody documents, so it works with exactly one version.
"""

from importlib.metadata import PackageNotFoundError, version

MINISTACK_VERSION = "1.5.33"


class MinistackVersionError(RuntimeError):
    """There is no ministack, or another version than the one whose tables are known."""


def check_version() -> None:
    """Make sure that the installed ministack is the one this adapter knows.

    Raises:
        MinistackVersionError: it is not.
    """
    try:
        installed = version("ministack")
    except PackageNotFoundError:
        installed = "none"
    if installed != MINISTACK_VERSION:
        raise MinistackVersionError(
            f'the offline AWS needs ministack {MINISTACK_VERSION}, got {installed}: pip install "cdk-data-jobs[local]"'
        )
