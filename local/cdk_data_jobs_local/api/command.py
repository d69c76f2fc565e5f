"""`python -m cdk_data_jobs_local up | down | status`: an offline AWS that keeps running, one a project folder."""

# ruff: noqa: T201  (a command line prints)

import argparse
import os
import sys
from collections.abc import Sequence

from cdk_data_jobs_local.account_settings import QUOTAS
from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.api.process import Server, ServerSettings, start
from cdk_data_jobs_local.api.shell import point_at, point_back, point_nowhere
from cdk_data_jobs_local.api.state_file import FOLDER_VARIABLE, delete, load, lock, project_folder, save

_SPEED = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    given = sys.argv[1:] if arguments is None else [*arguments]
    try:
        options = _parser().parse_args(given)
    except SystemExit as wrong_usage:
        if wrong_usage.code and given[:1] == ["up"]:
            _print(point_nowhere())
        raise
    try:
        return {"up": _up, "down": _down, "status": _status}[options.command](options)
    except OfflineAwsError as error:
        print(error, file=sys.stderr)
        if options.command == "up":
            _print(point_nowhere())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cdk_data_jobs_local",
        description="AWS on this machine (127.0.0.1), for deploying and testing stacks with data jobs. Each project "
        "folder has its own: the nearest folder with a cdk.json, or else the current folder; or the folder that "
        f"{FOLDER_VARIABLE} names.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start it, if it does not run, and print the environment to use it with")
    # An option that is not given is absent, so that a server that runs already need not match it.
    absent = argparse.SUPPRESS
    up.add_argument("--port", type=int, default=absent, help="the port (default: a free one)")
    up.add_argument(
        "--speed",
        type=float,
        default=absent,
        help=f"how many times as fast as real time the emulated clock runs (default: {_SPEED})",
    )
    up.add_argument(
        "--enforce-iam",
        action="store_true",
        default=absent,
        help="require permission for every call, over TLS (default: every call is allowed)",
    )
    up.add_argument(
        "--sdk",
        default=absent,
        help="the boto3 of the Lambda functions: runtime, installed, a version, or a folder (default: runtime, the "
        "version that AWS's runtime for Python was last seen with)",
    )
    up.add_argument(
        "--quotas",
        choices=list(QUOTAS),
        default=absent,
        help="limit calls and functions as in an established account or in a new one (default: as in an established "
        "one, but for the calls of CloudFormation)",
    )
    commands.add_parser("down", help="stop it, delete everything in it, and print how to restore the environment")
    commands.add_parser("status", help="say whether it runs, and print the environment to use it with")
    return parser


def _up(options: argparse.Namespace) -> int:
    wanted = {name: value for name, value in vars(options).items() if name != "command"}
    try:
        settings = ServerSettings(**{"speed": _SPEED, **wanted})
    except ValueError as error:
        raise OfflineAwsError(str(error)) from error
    with lock():
        server = load()
        if server is None:
            server = _start_recorded(settings)
        elif not server.is_running():
            raise OfflineAwsError(f"{_not_responding(server)}")
        else:
            _check_settings(server, wanted)
    _print_environment(server)
    return 0


def _start_recorded(settings: ServerSettings) -> Server:
    server = start(settings)
    try:
        save(server)
        # Only now: a server that nobody knows of must end with this process.
        server.detach()
    except BaseException:
        server.stop()
        raise
    return server


def _check_settings(server: Server, wanted: dict[str, object]) -> None:
    for name, value in wanted.items():
        present = getattr(server.settings, name)
        if value != present:
            raise OfflineAwsError(
                f"the offline AWS must be stopped first, with down, to run with {name} {value}: "
                f"it runs already, with {'none' if present in (None, '') else present}"
            )


def _down(_options: argparse.Namespace) -> int:
    with lock():
        server = load()
        if server is not None:
            server.stop()
        delete()
    _print_down()
    _print(point_back())
    return 0


def _status(_options: argparse.Namespace) -> int:
    server = load()
    if server is None:
        _print_down()
        return 1
    if not server.is_running():
        _print(f"# {_not_responding(server)}")
        return 1
    _print_environment(server)
    return 0


# The shell can evaluate all that is printed: eval "$(python -m cdk_data_jobs_local up)". So each comment is one line,
# whatever the folder's name is.
def _print_down() -> None:
    _print(f"# the offline AWS of {str(project_folder())!r} is down")


def _not_responding(server: Server) -> str:
    return f"the offline AWS of {str(project_folder())!r} does not respond; its log is {server.log}; down ends it"


def _print_environment(server: Server) -> None:
    _print(
        f"# the offline AWS of {str(project_folder())!r} is up at {server.endpoint_url}, "
        f"{server.settings.speed:g} times as fast as real time"
    )
    _print(f"# its log: {server.log}")
    _print(point_at(server.environment))


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Whoever reads it, such as head, has enough. What follows, and Python's flush at its end, would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
