"""The server's process: MiniStack with our services, on a socket that its parent opened."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import threading
import types
from pathlib import Path


def main() -> None:
    """Serves until killed, or until standard input ends without a line: its parent has ended, and did not let go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=int, required=True, help="the file descriptor of the listening socket")
    parser.add_argument("--package", type=Path, action="append", help="the folder of a package that the server needs")
    parser.add_argument("--directory", type=Path, required=True, help="where everything is kept; removed at the end")
    arguments = parser.parse_args()
    _use_packages(arguments.package)
    threading.Thread(target=_end_with_parent, args=(arguments.directory,), daemon=True).start()
    asyncio.run(_serve(arguments.socket, arguments.directory))


def _use_packages(folders: list[Path]) -> None:
    """Makes packages importable by themselves: what is installed beside them is for others."""
    del sys.path[0]
    for folder in folders:
        package = sys.modules[folder.name] = types.ModuleType(folder.name)
        package.__path__ = [str(folder)]


async def _serve(socket: int, directory: Path) -> None:
    # ministack reads its settings from the environment when it is imported, which takes most of the start.
    from hypercorn.asyncio import serve  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415
    from ministack.core import tls  # noqa: PLC0415

    from cdk_data_jobs_local.clock import Clock  # noqa: PLC0415
    from cdk_data_jobs_local.server.assembly import application  # noqa: PLC0415

    config = Config()
    config.bind = [f"fd://{socket}"]
    config.keep_alive_timeout = 75
    if tls.use_ssl_enabled():
        config.certfile, config.keyfile = tls.resolve_tls_material()
    await serve(application(Clock.from_environment(), directory), config)  # type: ignore[arg-type]


def _end_with_parent(directory: Path) -> None:
    if sys.stdin.readline():
        return
    shutil.rmtree(directory, ignore_errors=True)
    # MiniStack does not heed SIGTERM while a custom resource is pending, and the functions' processes must go too.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
