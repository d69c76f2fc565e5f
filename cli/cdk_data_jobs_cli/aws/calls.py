"""Calls of AWS, with errors whose messages are for users."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions
from botocore.config import Config

from cdk_data_jobs_cli.aws.clock import Clock
from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

_CREDENTIAL_ERROR_CODES = (
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClient",
    "InvalidSignature",
    "SignatureDoesNotMatch",
)
_CREDENTIAL_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)
_CONNECTION_ERRORS = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError)
_MIN_SERVER_ERROR = 500


class AwsCalls:
    """Calls AWS with botocore's standard retries, in the account and, by default, in the Region of the environment.

    Every error is raised as an `AwsError`, which is not chained to botocore's: that can hold secrets.
    """

    def __init__(self, *actions: str, region: str | None = None) -> None:
        """Creates it without calling anything.

        Args:
            *actions: The IAM actions that the command needs, for the message if one is denied.
            region: The Region. By default that of the environment.
        """
        self._actions = actions
        self._region = region
        self._clients: dict[str, Any] = {}
        self._clock = Clock()

    def now(self) -> dt.datetime:
        """Returns the time on the clock of AWS: this machine's, or that of the offline AWS once it has responded."""
        return self._clock.now()

    @property
    def has_console(self) -> bool:
        """Whether there is a console, unlike for the offline AWS; known once a call was made."""
        return not self._clock.is_emulated

    def _call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        response = self._with_client(service, operation, lambda client: getattr(client, operation)(**arguments))
        self._read_clock(response)
        return dict(response)

    def _paginate(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        for page in self._pages(service, operation, **arguments):
            yield from page[key]

    def _pages(self, service: str, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        pages = self._with_client(
            service, operation, lambda client: iter(client.get_paginator(operation).paginate(**arguments))
        )
        while page := self._with_client(service, operation, lambda _client: next(pages, None)):
            yield page

    def _with_client(self, service: str, operation: str, function: Callable[[Any], Any]) -> Any:  # noqa: ANN401
        """Calls a function with a service's client, and translates botocore's errors."""
        try:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    # The AWS CLI and the CDK read this variable, boto3 does not.
                    region_name=self._region or os.environ.get("AWS_REGION") or None,
                    config=Config(retries={"mode": "standard"}, connect_timeout=10),
                )
            return function(self._clients[service])
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            self._read_clock(getattr(error, "response", None) or {})
            raise self._user_error(error, f"{service}:{operation}") from None

    def _read_clock(self, response: Mapping[str, Any]) -> None:
        self._clock = Clock.from_headers(response.get("ResponseMetadata", {}).get("HTTPHeaders", {})) or self._clock

    def _user_error(self, error: Exception, call: str) -> AwsError:
        """Returns an error of botocore as an error for the user."""
        if isinstance(error, exceptions.NoRegionError):
            return AwsError("no Region: set AWS_REGION, or name one in the profile")
        if isinstance(error, _CREDENTIAL_ERRORS):
            return AwsError(f"no usable AWS credentials ({error}): set AWS_PROFILE, or sign in")
        if isinstance(error, _CONNECTION_ERRORS):
            message = f"AWS cannot be reached ({error}): check the network and AWS_ENDPOINT_URL"
            return AwsError(message, is_transient=True)
        if not isinstance(error, exceptions.ClientError):
            return AwsError(f"{call} failed: {type(error).__name__}: {error}")
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if "does not exist" in message or "DoesNotExist" in code or code.startswith("ResourceNotFound"):
            return NotFoundError(message[:1].lower() + message[1:])
        if code == "PreconditionFailed":
            return NotFoundError(f"what was asked for was changed ({message})")
        if code.startswith(_CREDENTIAL_ERROR_CODES):
            return AwsError(f"no usable AWS credentials ({code}: {message}): set AWS_PROFILE, or sign in")
        if code.startswith(("AccessDenied", "UnauthorizedOperation")):
            return AwsError(f"access denied ({message}): the command needs {', '.join(self._actions)}")
        if code == "KmsAccessDeniedException":
            return AwsError(f"access denied ({message}): the command needs kms:Decrypt on the runner's encryption_key")
        is_transient = "Throttl" in code or status >= _MIN_SERVER_ERROR
        return AwsError(f"{call} failed: {code}: {message}", is_transient=is_transient)
