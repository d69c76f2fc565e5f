"""Who asks: one identity, for the calls of boto3 and for those of the processes that are started.

The CDK CLI would find credentials by its own rules, which are not boto3's: it takes the profile in `~/.cdk.json` before
any variable, and reads AWS_PROFILE, where boto3 reads AWS_DEFAULT_PROFILE first.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES = (
    *("cloudformation", "dynamodb", "iam", "lambda", "logs", "personalize"),
    *("s3", "scheduler", "ssm", "stepfunctions", "sts"),
)
"""The services that are called, here and by the CDK CLI."""


class Caller:
    """An identity in a Region, and the endpoints that it calls.

    Args:
        region: The Region's name.
        variables: Variables that name credentials and an endpoint, such as those of the offline AWS; by default, what
            boto3 finds: variables of this process, a profile, a role.

    Raises:
        BotoCoreError: There is no such profile.
    """

    def __init__(self, region: str, variables: Mapping[str, str] | None = None) -> None:
        self.region = region
        self._variables = variables or {}
        self._session = boto3.Session(
            region_name=region,
            aws_access_key_id=self._variables.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=self._variables.get("AWS_SECRET_ACCESS_KEY"),
        )

    def client(self, service: str) -> Any:
        """Returns a boto3 client.

        Args:
            service: One of `SERVICES`.
        """
        if service not in SERVICES:
            raise ValueError(f"service must be one of SERVICES, so that its endpoint is looked at, got {service}")
        retries: Any = {"mode": "standard", "total_max_attempts": 3}
        own = self._variables
        return self._session.client(
            service,
            config=Config(retries=retries, proxies={} if own else None),
            endpoint_url=own.get("AWS_ENDPOINT_URL"),
            verify=own.get("AWS_CA_BUNDLE"),
        )

    @cached_property
    def endpoints(self) -> dict[str, str]:
        """The endpoints that somebody has configured instead of AWS's, by service, wherever boto3 found them."""
        found = {}
        for service in SERVICES:
            used = self.client(service).meta.endpoint_url
            config = Config(ignore_configured_endpoint_urls=True)
            if used != self._session.client(service, config=config).meta.endpoint_url:
                found[service] = used
        return found

    def environment(self) -> dict[str, str]:
        """Returns the variables of a process that is to call AWS as this identity.

        Credentials that end are renewed, if less than 15 minutes of them are left; the process cannot renew them.

        Raises:
            BotoCoreError: They cannot be renewed.
        """
        # Of the variables for AWS, none but what boto3 made of them.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        environment |= {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        if self._variables:
            return {**environment, **self._variables}
        for service, url in self.endpoints.items():
            name = self.client(service).meta.service_model.service_id.hyphenize().upper().replace("-", "_")
            environment[f"AWS_ENDPOINT_URL_{name}"] = url
        if bundle := self._session._session.get_config_variable("ca_bundle"):  # noqa: SLF001 - boto3 has no other way
            environment["AWS_CA_BUNDLE"] = bundle
        if credentials := self._session.get_credentials():
            frozen = credentials.get_frozen_credentials()
            environment |= {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
            if frozen.token:
                environment["AWS_SESSION_TOKEN"] = frozen.token
        return environment
