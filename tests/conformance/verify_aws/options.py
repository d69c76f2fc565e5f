"""The options of `make verify-aws`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from verify_aws.stages.all_stages import STAGES
from verify_aws.target import HOME


def parser() -> argparse.ArgumentParser:
    """Returns what reads them."""
    # A file with one argument a line, such as --account=111122223333, can stand for them: @verify-aws.args
    options = argparse.ArgumentParser(prog="make verify-aws", fromfile_prefix_chars="@")
    options.add_argument("--account", required=True, metavar="ID", help="the only account that may be asked")
    options.add_argument("--region", required=True, metavar="NAME", help="its Region")
    options.add_argument("--stage", nargs="+", choices=list(STAGES), default=["a"], help="the stages (default: a)")
    options.add_argument("--boundary", default="", metavar="ARN", help="the permissions boundary of all roles")
    options.add_argument("--prefix", default="verify-aws-", help="what all names begin with (default: verify-aws-)")
    options.add_argument("--jobs", type=int, metavar="N", help="how many jobs at most (default: what the stages need)")
    options.add_argument(
        "--minutes",
        type=_positive,
        metavar="N",
        help="how long at most, clean-ups aside (default: what the stages need)",
    )
    options.add_argument(
        "--budget", type=_dollars, default=1.0, metavar="DOLLARS", help="the most it may cost (default: 1)"
    )
    options.add_argument("--again", action="store_true", help="forget what is recorded, instead of resuming")
    options.add_argument("--sweep", action="store_true", help="find what earlier runs have left, and delete it")
    options.add_argument("--yes", action="store_true", help="do not ask")
    options.add_argument("--records", type=Path, default=HOME / "build" / "verify-aws", help=argparse.SUPPRESS)
    options.add_argument("--speed", type=float, default=1.0, help=argparse.SUPPRESS)  # of an emulated AWS
    return options


def _positive(text: str) -> int:
    if (value := int(text)) < 1:
        raise ValueError
    return value


def _dollars(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value
