"""`python -m cdk_data_jobs_local up | down | status`: an offline AWS that keeps running."""

# ruff: noqa: T201  (a command line prints)

import argparse
import shlex
import sys
from collections.abc import Sequence

from cdk_data_jobs_local.adapter import MinistackVersionError
from cdk_data_jobs_local.aws import DEFAULT_ACCOUNT, DEFAULT_REGION, OfflineAws
from cdk_data_jobs_local.process import OfflineAwsError, Server, start
from cdk_data_jobs_local.state_file import forget, recall, remember


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return {"up": _up, "down": _down, "status": _status}[options.command](options)
    except (OfflineAwsError, MinistackVersionError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cdk_data_jobs_local",
        description="AWS on this machine (127.0.0.1), for deploying and testing stacks with data jobs.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start it, if it does not run, and print the environment to use it with")
    up.add_argument("--port", type=int, default=0, help="the port (default: a free one)")
    up.add_argument(
        "--speed", type=float, default=60.0, help="how many seconds pass for the services in a real one (default: 60)"
    )
    up.add_argument(
        "--enforce-iam",
        action="store_true",
        help="let every call need permission, over TLS (default: everybody may do everything)",
    )
    commands.add_parser("down", help="stop it and forget everything in it")
    commands.add_parser("status", help="tell whether it runs, and print the environment to use it with")
    return parser


def _up(options: argparse.Namespace) -> int:
    server = recall()
    if server is None:
        server = start(
            speed=options.speed,
            port=options.port,
            account=DEFAULT_ACCOUNT,
            region=DEFAULT_REGION,
            enforce_iam=options.enforce_iam,
            detached=True,
        )
        remember(server)
    elif options.enforce_iam and not server.enforces_iam:
        raise OfflineAwsError("the offline AWS runs without enforced IAM: stop it first, with down")
    elif options.port not in (0, server.port):
        raise OfflineAwsError(f"the offline AWS runs on port {server.port} already: stop it first, with down")
    _print_environment(server)
    return 0


def _down(_options: argparse.Namespace) -> int:
    server = recall()
    if server is not None:
        server.stop()
        forget()
    print("# the offline AWS is down")
    return 0


def _status(_options: argparse.Namespace) -> int:
    server = recall()
    if server is None:
        print("# the offline AWS is down")
        return 1
    _print_environment(server)
    return 0


def _print_environment(server: Server) -> None:
    # The shell can evaluate all of it: eval "$(python -m cdk_data_jobs_local up)"
    print(f"# the offline AWS is up at {server.endpoint_url}, {server.clock.speed:g} times as fast as real time")
    print(f"# its log: {server.log}")
    for name, value in OfflineAws.attached(server).environment.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    sys.exit(main())
