"""The errors that botocore's errors are translated to; `test_main.py` has those of whole commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdk_data_jobs_cli.aws.client import AwsClient
from cdk_data_jobs_cli.aws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}


def test_denied_use_of_a_key_names_the_action(
    failing_endpoint: Callable[[int, bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"__type": "KmsAccessDeniedException", "message": "you may not decrypt"}'
    url = failing_endpoint(400, body)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": url}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AwsError) as error:
        AwsClient().get_latest_events("arn:aws:states:eu-west-1:111122223333:execution:runner:run", 1)

    message = "access denied (you may not decrypt): the command needs kms:Decrypt on the runner's encryption_key"
    assert (str(error.value), error.value.is_transient) == (message, False)
