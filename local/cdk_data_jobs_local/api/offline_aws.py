"""One AWS account on this machine, for as long as a `with` block lasts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from cdk_data_jobs_local.api import cdk_cli as cdk
from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.api.handles import PersonalizeHandle, PinpointHandle, SesHandle
from cdk_data_jobs_local.api.process import Server, ServerSettings, start
from cdk_data_jobs_local.api.state_file import load

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self


class OfflineAws:
    """An AWS account on this machine: MiniStack's services, our Amazon Personalize and Amazon Pinpoint, on 127.0.0.1.

    Nothing leaves the machine and nothing is left on it: state is in a temporary directory, and all processes end with
    this one, however it ends.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        port: int = 0,
        account: str = ServerSettings.account,
        region: str = ServerSettings.region,
        enforce_iam: bool = False,
        sdk: str | Path = ServerSettings.sdk,
        quotas: Literal["established", "new"] | None = None,
    ) -> None:
        """Creates it.

        Args:
            speed: How many times as fast as real time the emulated clock runs. It shortens the waits of state machines,
                the durations of jobs, and what the Lambda functions see of `time.time()` and `time.sleep()`. By
                default, real time.
            port: The port. By default a free one.
            account: The account's id.
            region: The Region's name.
            enforce_iam: Whether every call needs permission: by the policies of its caller, and of the bucket, key or
                queue that it is about; `cdk_data_jobs_local.ministack_fixes.iam.enforcement` says what else is checked.
                It then speaks TLS, with a certificate that the command `openssl` makes, and which clients must trust
                (see `environment`). By default every call is allowed; the access of jobs' roles to their data is always
                checked.
            sdk: The boto3 of the Lambda functions in Python, where no layer of theirs brings another: `"runtime"`, the
                version that AWS's runtime for Python was last seen with, `"installed"`, the one of this Python, a
                version such as `"1.43.106"`, or a folder in which `pip install --target` has put one. By default
                `"runtime"`, so that a function that needs more fails here as it would in AWS. What is to be installed
                is, once, by pip, in `$XDG_CACHE_HOME` or `~/.cache`.
            quotas: Whether calls and functions are limited as in an established account of AWS, where 1,000 functions
                run at once, or in a new one, where 10 do; the calls of Step Functions depend on the Region. By default
                those of an established account hold, but CloudFormation, whose quotas are not documented, does
                not throttle.

        Raises:
            ValueError: The speed is not more than 0, or there is no such SDK, or there are no such quotas.
        """
        self._settings = ServerSettings(
            speed=speed,
            port=port,
            account=account,
            region=region,
            enforce_iam=enforce_iam,
            sdk=str(sdk),
            quotas=quotas or "",
        )
        self._server: Server | None = None
        self._bootstrapped = False

    @classmethod
    def running(cls) -> Self:
        """Returns the one that `python -m cdk_data_jobs_local up` has started for this project folder.

        It needs no `with` block, and stays when this process ends.

        Raises:
            OfflineAwsError: None is running.
        """
        server = load()
        if server is None or not server.is_running():
            raise OfflineAwsError(
                "there must be an offline AWS for this folder, got none that responds: start one, with up"
            )
        running = cls()
        running._settings, running._server = server.settings, server
        return running

    def __enter__(self) -> Self:
        """Starts it, in about a second; the first start of all installs the server, in about ten.

        Raises:
            OfflineAwsError: It does not start; the message has the end of its log. Or the server, or the SDK of the
                functions, cannot be installed.
        """
        self._server = start(self._settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops it at once."""
        server, self._server = self._server, None
        self._bootstrapped = False
        if server is not None:
            server.stop()

    @property
    def account(self) -> str:
        """The account's id."""
        return self._settings.account

    @property
    def region(self) -> str:
        """The Region's name."""
        return self._settings.region

    @property
    def server(self) -> Server:
        """The server's process.

        Raises:
            OfflineAwsError: It is not running.
        """
        if self._server is None:
            raise OfflineAwsError("the offline AWS is not running: use it in a with block")
        return self._server

    @property
    def endpoint_url(self) -> str:
        """The URL under which all services are served."""
        return self.server.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that direct a CLI, a CDK app or an SDK here instead of to AWS."""
        return self.server.environment

    @property
    def personalize(self) -> PersonalizeHandle:
        """The handle of Amazon Personalize."""
        return PersonalizeHandle(self.server)

    @property
    def pinpoint(self) -> PinpointHandle:
        """The handle of Amazon Pinpoint."""
        return PinpointHandle(self.server)

    @property
    def sesv2(self) -> SesHandle:
        """The handle of the contact lists of Amazon SES."""
        return SesHandle(self.server)

    def settings(self, **changes: float) -> dict[str, float]:
        """Changes the account's settings; returns all of them.

        Args:
            **changes: Fields of `cdk_data_jobs_local.account_settings.AccountSettings` and their new values.

        Raises:
            OfflineAwsError: There is no such setting, or it cannot have that value.
        """
        return cast("dict[str, float]", self.server.send_command("settings", **changes))

    def calls(self) -> dict[str, dict[str, int]]:
        """Returns how often those calls were made that Step Functions and CloudFormation throttle.

        Returns:
            For `StartExecution`, `DescribeExecution`, `ListExecutions`, `DescribeStacks` and `DescribeStackResource`
            how many calls were `allowed`, and how many `throttled`, of all callers.
        """
        return cast("dict[str, dict[str, int]]", self.server.send_command("calls"))

    def now(self) -> float:
        """Returns the time of the emulated clock, in Unix seconds."""
        return self.server.clock.now()

    def client(self, service: str, **config: Any) -> Any:  # noqa: ANN401
        """Returns a boto3 client of a service here. It does not retry, so that a test sees each response.

        Args:
            service: Boto3's name of the service.
            **config: Options of `botocore.config.Config` that replace the default ones.
        """
        # Starting the offline AWS from the command line needs no boto3, which takes long to import.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        # Whatever proxy the environment names, nothing of this machine goes through it.
        options: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "proxies": {}, **config}
        return boto3.client(
            cast("Any", service),
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  (it opens nothing)
            verify=str(self.server.certificate) if self.server.certificate else None,
            config=Config(**options),
        )

    def cdk(
        self,
        *arguments: str,
        cwd: Path | str = ".",
        app: str | None = None,
        outdir: Path | str | None = None,
        on_output: Callable[[str], None] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs the real CDK CLI against this account.

        Args:
            *arguments: The command and its options, such as `"deploy", "--require-approval", "never"`.
            cwd: The folder to run it in.
            app: The command that synthesizes the app, or a folder that holds a synthesized one. By default cdk.json's.
            outdir: Where the synthesized app goes. By default cdk.json's, or `cdk.out`.
            on_output: Called with each line of output as it comes.

        Returns:
            The exit status, and stdout and stderr together as `stdout`.

        Raises:
            OfflineAwsError: There is no CDK CLI in `node_modules` of this folder or one above it, nor in
                `$CDK_DATA_JOBS_CDK`.
        """
        options = [*arguments, "--no-color"]
        if app is not None:
            options += ["--app", app]
        if outdir is not None:
            options += ["--output", str(outdir)]
        return cdk.run(options, environment=self.environment, cwd=Path(cwd).resolve(), on_output=on_output)

    def bootstrap(self, *, cwd: Path | str = ".", on_output: Callable[[str], None] | None = None) -> None:
        """Runs `cdk bootstrap` as it is, once; later calls do nothing.

        Args:
            cwd: The folder to run the CDK CLI in.
            on_output: Called with each line of output as it comes.

        Raises:
            OfflineAwsError: It failed; the message has its output.
        """
        if self._bootstrapped:
            return
        environment = f"aws://{self.account}/{self.region}"
        # Without an app: bootstrapping needs none, and cdk.json's would be synthesized.
        done = self.cdk("bootstrap", environment, cwd=cwd, app="", on_output=on_output)
        if done.returncode != 0:
            raise OfflineAwsError(f"cdk bootstrap failed:\n{done.stdout}")
        self._bootstrapped = True

    def stack_events(self, stack: str) -> list[dict[str, Any]]:
        """Returns the events of a stack, oldest first, as DescribeStackEvents gives them.

        Args:
            stack: The stack's name, or its id if it is deleted.
        """
        pages = self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def denials(self) -> list[dict[str, str]]:
        """Returns the calls that were denied, oldest first: the last 10,000.

        Each has the `principal` (an ARN, or a service's principal), the `action`, the `resource`, and `because`, which
        names the policy that did not allow it. It includes the roles of jobs, and with `enforce_iam` all callers.
        """
        return cast("list[dict[str, str]]", self.server.send_command("denials"))

    def lambda_processes(self, function_name: str) -> list[int]:
        """Returns the ids of the processes that run a Lambda function, busy or waiting for work.

        Kill one to see what a crash does: Lambda tries the same event again.
        """
        return cast("list[int]", self.server.send_command("lambda-processes", function=function_name))

    def invocation_fault(
        self,
        function_name: str,
        *,
        error: str,
        payload: dict[str, Any] | None = None,
        times: int = 1,
        when: Literal["before", "after"] = "before",
    ) -> None:
        """Adds a fault to the next invocations of a Lambda function by state machines.

        Args:
            function_name: The function's name, or what it begins with: CloudFormation makes names up.
            error: The error that the state machine sees, such as `Lambda.ServiceException`.
            payload: Members that the payload must have. By default every invocation.
            times: How many invocations it affects.
            when: Whether the function does not run at all, or has run, and its response is lost.
        """
        self.server.send_command(
            "invocation-fault", function=function_name, error=error, payload=payload or {}, times=times, when=when
        )
