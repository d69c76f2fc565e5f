"""`make verify-aws`: asks an account of AWS, records what it answers, and compares it with the offline AWS."""

# ruff: noqa: T201 (a command prints)

from __future__ import annotations

import argparse
import enum
import functools
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from verify_aws import offline, prices
from verify_aws.comparison import Verdict, compare, divergences
from verify_aws.limits import Limits
from verify_aws.records import AWS, EMULATED, Record
from verify_aws.runs import CLEAN_UP_SECONDS, Outcome, run
from verify_aws.stages.all_stages import STAGES
from verify_aws.sweeper import Sweeper
from verify_aws.target import HOME, Clock, Target, client, endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify_aws.stage import Stage

_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"


class Status(enum.IntEnum):
    """The exit status."""

    AGREE = 0
    """Both sides agree, but for known divergences."""

    DIFFER = 1
    """The offline AWS is wrong, or AWS differs from what was expected."""

    REFUSED = 2
    """Nothing was done: a wrong account, a wrong option, no confirmation."""

    LEFT = 3
    """Something is left in the account."""

    INCOMPLETE = 4
    """A stage did not end: an error, or a limit that was reached. It can be resumed."""

    INTERRUPTED = 130
    """Ctrl-C. What was made is deleted; the same command resumes."""


class RefusedError(Exception):
    """The command is not carried out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        _check_account(options)
        return _sweep(options) if options.sweep else _verify(options)
    except RefusedError as error:
        print(f"{error}. Nothing was done.")
        return Status.REFUSED
    except KeyboardInterrupt:
        # Before anything was made: what interrupts a stage, a clean-up or the comparison is caught there.
        print("Interrupted; nothing is left.")
        return Status.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    # A file with one argument a line, such as --account=111122223333, can stand for them: @verify-aws.args
    parser = argparse.ArgumentParser(prog="make verify-aws", description=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("--account", required=True, metavar="ID", help="the only account that may be asked")
    parser.add_argument("--region", required=True, metavar="NAME", help="its Region")
    parser.add_argument("--stage", nargs="+", choices=list(STAGES), default=["a"], help="the stages (default: a)")
    parser.add_argument("--boundary", default="", metavar="ARN", help="the permissions boundary of all roles")
    parser.add_argument("--prefix", default="verify-aws-", help="what all names begin with (default: verify-aws-)")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many jobs at most (default: what the stages need)")
    parser.add_argument(
        "--minutes",
        type=_positive,
        metavar="N",
        help="how long at most, clean-ups aside (default: what the stages need)",
    )
    parser.add_argument(
        "--budget", type=float, default=1.0, metavar="DOLLARS", help="the most it may cost (default: 1)"
    )
    parser.add_argument("--again", action="store_true", help="forget what is recorded, instead of resuming")
    parser.add_argument("--sweep", action="store_true", help="find what earlier runs have left, and delete it")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--records", type=Path, default=HOME / "build" / "verify-aws", help=argparse.SUPPRESS)
    parser.add_argument("--speed", type=float, default=1.0, help=argparse.SUPPRESS)  # of an emulated AWS
    return parser


def _positive(text: str) -> int:
    if (value := int(text)) < 1:
        raise ValueError
    return value


def _check_account(options: argparse.Namespace) -> None:
    if not re.fullmatch(r"\d{12}", options.account):
        raise RefusedError(f"An account has 12 digits, got {options.account}")
    if not re.fullmatch(r"[a-z][a-z0-9-]{3,18}-", options.prefix):
        raise RefusedError(
            f"A prefix is 5 to 20 lower-case letters, digits and hyphens, the last a -, got {options.prefix}"
        )
    try:
        found = client("sts", options.region, {}).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise RefusedError(f"The credentials cannot be used: {error}") from error
    if found != options.account:
        raise RefusedError(f"The credentials are of account {found}, and only {options.account} may be asked")


def _confirm(options: argparse.Namespace, question: str) -> None:
    if options.yes:
        return
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise RefusedError("Not confirmed")


def _sweep(options: argparse.Namespace) -> int:
    clients = functools.cache(lambda service: client(service, options.region, {}))
    sweeper = Sweeper(clients, options.prefix)
    found = sweeper.find()
    print(*(found or [f"Nothing is left that begins with {options.prefix}."]), sep="\n")
    if not any(one.is_ours for one in found):
        return Status.AGREE
    try:
        _confirm(options, "Delete it?")
        left = sweeper.sweep(Clock(options.speed), seconds=CLEAN_UP_SECONDS, tell=print)
    except RefusedError:
        return Status.LEFT
    except KeyboardInterrupt:
        return _interrupted_clean_up(options)
    print("Something is left." if left else "Nothing of it is left.")
    return Status.LEFT if left else Status.AGREE


def _interrupted_clean_up(options: argparse.Namespace) -> Status:
    print(f"Interrupted in the middle of a clean-up. {_how_to_sweep(options)}")
    return Status.LEFT


def _how_to_sweep(options: argparse.Namespace) -> str:
    arguments = f"--account {options.account} --region {options.region} --prefix {options.prefix} --sweep"
    return f'To delete what is left: make verify-aws ARGS="{arguments}"'


def _verify(options: argparse.Namespace) -> int:
    stages = [STAGES[key] for key in sorted({*options.stage})]
    clock = Clock(options.speed)
    minutes = options.minutes if options.minutes is not None else sum(stage.minutes for stage in stages)
    jobs = options.jobs if options.jobs is not None else sum(stage.jobs for stage in stages)
    limits = Limits(jobs=jobs, deadline=minutes * 60, now=clock.now)
    dollars = round(sum(stage.dollars for stage in stages), 2)
    if dollars > options.budget:
        raise RefusedError(f"It may cost ${dollars:.2f}, and the budget is ${options.budget:.2f}")
    records = {stage.key: _record(stage, options) for stage in stages}
    if any(stage.needs_bootstrap for stage in stages):
        _check_bootstrap(options)
    print(f"Account {options.account}, {options.region}{f', {endpoint()}' if endpoint() else ''}")
    print(f"All names begin with {options.prefix}, all roles have {options.boundary or 'no'} permissions boundary.")
    for stage in stages:
        print(f"Stage {stage.key}, up to {stage.minutes} minutes, ${stage.dollars:.2f}: {stage.makes}")
    print(f"Together at most {jobs} jobs and {minutes} minutes; it is stopped beyond that.")
    print(f"The clean-up of each stage may take {CLEAN_UP_SECONDS // 60} minutes more.")
    print(f"It should cost about ${dollars:.2f}, which nothing measures. Prices:")
    print(*prices.lines(), sep="\n")
    _confirm(options, "Make all this, and delete it afterwards?")
    statuses = []
    for stage in stages:
        try:
            outcome = _verify_stage(stage, options, clock, limits, records[stage.key])
        except KeyboardInterrupt:
            return _interrupted_clean_up(options)
        statuses.append(report(stage, outcome, options))
        # What is left of a stage that ended, such as data that AWS deletes for a day, keeps no other one waiting.
        if outcome.error is not None:
            return statuses[-1]
    # Compared only now, so that the account is not kept waiting.
    try:
        return max([*statuses, *(_compare(stage, options) for stage in stages)])
    except KeyboardInterrupt:
        print("The comparison is interrupted. The same command compares again.")
        return Status.LEFT if Status.LEFT in statuses else Status.INTERRUPTED


def _check_bootstrap(options: argparse.Namespace) -> None:
    try:
        client("ssm", options.region, {}).get_parameter(Name=_BOOTSTRAP_VERSION)
    except ClientError as error:
        where = f"aws://{options.account}/{options.region}"
        raise RefusedError(f"The CDK must be bootstrapped first, with cdk bootstrap {where}") from error


def _file(stage: type[Stage], options: argparse.Namespace) -> Path:
    return Path(options.records / f"{stage.key}.json")


def _record(stage: type[Stage], options: argparse.Namespace) -> Record:
    file = _file(stage, options)
    new = Record(stage=stage.key, answered_by=EMULATED if endpoint() else AWS, region=options.region)
    record = Record.read(file) if file.exists() and not options.again else new
    if (record.answered_by, record.region) != (new.answered_by, new.region):
        raise RefusedError(f"{file} is of {record.answered_by} in {record.region}: use --again to replace it")
    return record


def _verify_stage(
    stage: type[Stage], options: argparse.Namespace, clock: Clock, limits: Limits, record: Record
) -> Outcome:
    target = Target(
        account=options.account,
        region=options.region,
        name=f"{options.prefix}{uuid.uuid4().hex[:6]}",
        boundary=options.boundary,
        clock=clock,
        limits=limits,
    )
    print(f"Stage {stage.key}, as {target.name}", flush=True)
    return run(
        stage,
        target,
        record,
        save=lambda: record.write(_file(stage, options), account=options.account),
        tell=lambda line: print(line, flush=True),
    )


def report(stage: type[Stage], outcome: Outcome, options: argparse.Namespace) -> Status:
    """Prints how a stage ended, the error first; returns the status of that."""
    if outcome.error is None:
        print(f"What it answered is in {_file(stage, options)}")
    else:
        print(f"Stage {stage.key} did not end: {outcome.error!r}. The same command resumes.")
    if outcome.leftovers:
        print("Something is left:", *outcome.leftovers, sep="\n  ")
        print(_how_to_sweep(options))
        return Status.LEFT
    print("Nothing is left.")
    if outcome.error is None:
        return Status.AGREE
    return Status.INTERRUPTED if isinstance(outcome.error, KeyboardInterrupt) else Status.INCOMPLETE


def _compare(stage: type[Stage], options: argparse.Namespace) -> int:
    print(f"Stage {stage.key} on the offline AWS ...", flush=True)
    record = Record.read(_file(stage, options))
    pairs = compare(record.answers, offline.observed(stage, options.region), divergences(stage.key))
    print(*pairs, sep="\n")
    wrong = {Verdict.OFFLINE_IS_WRONG, Verdict.AWS_DIFFERS}
    differ = any(pair.verdict in wrong or pair.is_stale for pair in pairs)
    return Status.DIFFER if differ else Status.AGREE
