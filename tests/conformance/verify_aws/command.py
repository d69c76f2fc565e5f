"""`make verify-aws`: asks an account of AWS, records what it answers, and compares it with the offline AWS."""

from __future__ import annotations

import enum
import re
import traceback
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from verify_aws import offline, prices
from verify_aws.caller import Caller
from verify_aws.comparison import Verdict, compare, divergences
from verify_aws.limits import Limits
from verify_aws.options import parser
from verify_aws.records import AWS, EMULATED, Record
from verify_aws.runs import CLEAN_UP_SECONDS, Outcome, run
from verify_aws.stages.all_stages import STAGES
from verify_aws.sweeper import Leftover, Sweeper
from verify_aws.target import Clock, Target
from verify_aws.terminal import say, treat_signals_as_ctrl_c

if TYPE_CHECKING:
    import argparse
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
    """It did not end: an error, or a limit that was reached. The same command resumes."""

    INTERRUPTED = 130
    """Ctrl-C, SIGTERM or SIGHUP. What was made is deleted; the same command resumes."""


class RefusedError(Exception):
    """The command is not carried out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status."""
    options = parser().parse_args(arguments)
    treat_signals_as_ctrl_c()
    caller = None
    try:
        caller = _checked_caller(options)
        return _sweep(options, caller) if options.sweep else _verify(options, caller)
    except RefusedError as error:
        say(f"{error}. Nothing was done.")
        return Status.REFUSED
    except KeyboardInterrupt:
        # Before anything was made: what interrupts a stage, a clean-up or the comparison is caught there.
        say("Interrupted; nothing was done.")
        return Status.INTERRUPTED
    except Exception:  # noqa: BLE001 - Python's own status for it would say that the two sides differ
        say(traceback.format_exc())
        if caller is None:
            return Status.REFUSED
        found = [one for one in Sweeper(caller.client, options.prefix).find() if one.is_ours]
        return _report_leftovers(found, options) if found else Status.INCOMPLETE


def _checked_caller(options: argparse.Namespace) -> Caller:
    if not re.fullmatch(r"\d{12}", options.account):
        raise RefusedError(f"An account has 12 digits, got {options.account}")
    if not re.fullmatch(r"[a-z][a-z0-9-]{3,18}-", options.prefix):
        raise RefusedError(
            f"A prefix is 5 to 20 lower-case letters, digits and hyphens, the last a -, got {options.prefix}"
        )
    try:
        caller = Caller(options.region)
        found = caller.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise RefusedError(f"The credentials cannot be used: {error}") from error
    if found != options.account:
        raise RefusedError(f"The credentials are of account {found}, and only {options.account} may be asked")
    return caller


def _confirm(options: argparse.Namespace, question: str) -> None:
    if options.yes:
        return
    try:
        answer = input(f"{question} [y/N] ")
    except (EOFError, OSError):
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise RefusedError("Not confirmed")


def _sweep(options: argparse.Namespace, caller: Caller) -> int:
    sweeper = Sweeper(caller.client, options.prefix)
    found = sweeper.find()
    say(*(found or [f"Nothing is left that begins with {options.prefix}."]))
    if not any(one.is_ours for one in found):
        return Status.AGREE
    try:
        _confirm(options, "Delete it?")
        left = sweeper.sweep(Clock(options.speed), seconds=CLEAN_UP_SECONDS, tell=say)
    except RefusedError:
        return Status.LEFT
    except KeyboardInterrupt:
        return _interrupted_clean_up(options)
    say("Something is left." if left else "Nothing of it is left.")
    return Status.LEFT if left else Status.AGREE


def _interrupted_clean_up(options: argparse.Namespace) -> Status:
    say(f"Interrupted in the middle of a clean-up. {_how_to_sweep(options)}")
    return Status.LEFT


def _report_leftovers(found: list[Leftover], options: argparse.Namespace) -> Status:
    say("Something is left:", *(f"  {one}" for one in found), _how_to_sweep(options))
    return Status.LEFT


def _how_to_sweep(options: argparse.Namespace) -> str:
    arguments = f"--account {options.account} --region {options.region} --prefix {options.prefix} --sweep"
    return f'To delete what is left: make verify-aws ARGS="{arguments}"'


def _verify(options: argparse.Namespace, caller: Caller) -> int:
    stages = [STAGES[key] for key in sorted({*options.stage})]
    minutes = options.minutes if options.minutes is not None else sum(stage.minutes for stage in stages)
    jobs = options.jobs if options.jobs is not None else sum(stage.jobs for stage in stages)
    dollars = round(sum(stage.dollars for stage in stages), 2)
    if dollars > options.budget:
        raise RefusedError(f"It may cost ${dollars:.2f}, and the budget is ${options.budget:.2f}")
    records = {stage.key: _record(stage, options, caller) for stage in stages}
    if any(stage.needs_bootstrap for stage in stages):
        _check_bootstrap(options, caller)
    say(", ".join([f"Account {options.account}", options.region, *sorted({*caller.endpoints.values()})]))
    say(f"All names begin with {options.prefix}, all roles have {options.boundary or 'no'} permissions boundary.")
    for stage in stages:
        say(f"Stage {stage.key}, up to {stage.minutes} minutes, ${stage.dollars:.2f}: {stage.makes}")
    say(f"Together at most {jobs} jobs and {minutes} minutes; it is stopped beyond that.")
    say(f"The clean-up of each stage may take {CLEAN_UP_SECONDS // 60} minutes more.")
    say(f"It should cost about ${dollars:.2f}, which nothing measures. Prices:")
    say(*prices.lines())
    _confirm(options, "Make all this, and delete it afterwards?")
    clock = Clock(options.speed)
    limits = Limits(jobs=jobs, deadline=clock.now() + minutes * 60, now=clock.now)
    statuses: list[int] = []
    left: list[Leftover] = []
    ended = True
    try:
        for stage in stages:
            outcome = _verify_stage(stage, options, caller, clock=clock, limits=limits, record=records[stage.key])
            statuses.append(report(stage, outcome, options))
            left += outcome.leftovers
            # What is left of a stage that ended, such as data that AWS deletes for a day, keeps no other one waiting.
            if not (ended := outcome.error is None):
                break
        statuses.append(_report_others(left, options, caller))
    except KeyboardInterrupt:
        return _interrupted_clean_up(options)
    if not ended:
        return Status.LEFT if Status.LEFT in statuses else statuses[-2]
    # Compared only now, so that the account is not kept waiting.
    try:
        return max([*statuses, *(_compare(stage, options) for stage in stages)])
    except KeyboardInterrupt:
        say("The comparison is interrupted. The same command compares again.")
        return Status.LEFT if Status.LEFT in statuses else Status.INTERRUPTED


def _report_others(left: list[Leftover], options: argparse.Namespace, caller: Caller) -> Status:
    """Prints what else has the prefix: a run that was killed could not say what it left."""
    known = {(one.kind, one.id) for one in left}
    found = [one for one in Sweeper(caller.client, options.prefix).find() if one.is_ours]
    others = [one for one in found if (one.kind, one.id) not in known]
    if not others:
        return Status.AGREE
    say("Other runs have left this, or are still running:", *(f"  {one}" for one in others), _how_to_sweep(options))
    return Status.LEFT


def _check_bootstrap(options: argparse.Namespace, caller: Caller) -> None:
    try:
        caller.client("ssm").get_parameter(Name=_BOOTSTRAP_VERSION)
    except (BotoCoreError, ClientError) as error:
        where = f"aws://{options.account}/{options.region}"
        raise RefusedError(f"The CDK must be bootstrapped first, with cdk bootstrap {where}") from error


def _file(stage: type[Stage], options: argparse.Namespace) -> Path:
    return Path(options.records / f"{stage.key}.json")


def _record(stage: type[Stage], options: argparse.Namespace, caller: Caller) -> Record:
    file = _file(stage, options)
    new = Record(stage=stage.key, answered_by=EMULATED if caller.endpoints else AWS, region=options.region)
    try:
        record = Record.read(file) if file.exists() and not options.again else new
    except (OSError, ValueError) as error:
        raise RefusedError(f"{error}: use --again to replace it") from error
    if (record.answered_by, record.region) != (new.answered_by, new.region):
        raise RefusedError(f"{file} is of {record.answered_by} in {record.region}: use --again to replace it")
    return record


def _verify_stage(
    stage: type[Stage], options: argparse.Namespace, caller: Caller, *, clock: Clock, limits: Limits, record: Record
) -> Outcome:
    target = Target(
        account=options.account,
        caller=caller,
        name=f"{options.prefix}{uuid.uuid4().hex[:6]}",
        boundary=options.boundary,
        clock=clock,
        limits=limits,
    )
    say(f"Stage {stage.key}, as {target.name}")
    return run(
        stage,
        target,
        record,
        save=lambda: record.write(_file(stage, options), account=options.account),
        tell=say,
    )


def report(stage: type[Stage], outcome: Outcome, options: argparse.Namespace) -> Status:
    """Prints how a stage ended, the error first; returns the status of that."""
    if outcome.error is None:
        say(f"What it answered is in {_file(stage, options)}")
    else:
        say(f"Stage {stage.key} did not end: {outcome.error!r}. The same command resumes.")
    if outcome.leftovers:
        return _report_leftovers(outcome.leftovers, options)
    say("Nothing of it is left.")
    if outcome.error is None:
        return Status.AGREE
    return Status.INTERRUPTED if isinstance(outcome.error, KeyboardInterrupt) else Status.INCOMPLETE


def _compare(stage: type[Stage], options: argparse.Namespace) -> int:
    say(f"Stage {stage.key} on the offline AWS ...")
    record = Record.read(_file(stage, options))
    pairs = compare(record.answers, offline.observed(stage, options.region), divergences(stage.key))
    say(*pairs)
    wrong = {Verdict.OFFLINE_IS_WRONG, Verdict.AWS_DIFFERS}
    differ = any(pair.verdict in wrong or pair.is_stale for pair in pairs)
    return Status.DIFFER if differ else Status.AGREE
