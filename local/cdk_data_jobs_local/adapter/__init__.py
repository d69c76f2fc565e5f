"""The emulators inside MiniStack's server. Nothing outside this package imports ministack.

It reaches into tables of ministack that nobody documents, so it works with exactly one version.
"""

from importlib.metadata import version

MINISTACK_VERSION = "1.5.33"


class MinistackVersionError(RuntimeError):
    """Another version of ministack is installed than the one whose tables are known."""


def check_version() -> None:
    """Make sure that the installed ministack is the one this adapter knows.

    Raises:
        MinistackVersionError: it is not.
    """
    installed = version("ministack")
    if installed != MINISTACK_VERSION:
        raise MinistackVersionError(
            f"the offline AWS needs ministack {MINISTACK_VERSION}, got {installed}: "
            f"pip install ministack=={MINISTACK_VERSION}"
        )
