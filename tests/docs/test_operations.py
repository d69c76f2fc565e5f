"""The page about the offline AWS lists the operations that the code does not emulate."""

import pytest

from cdk_data_jobs_local import OfflineAws
from docs import operations


def test_the_page_is_what_the_code_says() -> None:
    page = operations.PAGE.read_text(encoding="utf-8")

    assert page == operations.updated(page), "run python docs/operations.py"


def test_an_old_page_is_noticed() -> None:
    page = operations.PAGE.read_text(encoding="utf-8")
    old = page.replace("CreateCampaign, ", "")

    assert old != page
    assert operations.updated(old) == page


@pytest.mark.parametrize(("service", "call"), [("personalize", "list_campaigns"), ("pinpoint", "list_journeys")])
def test_what_it_lists_is_not_emulated(service: str, call: str, offline_aws: OfflineAws) -> None:
    client = offline_aws.client(service)
    name = client.meta.method_to_api_mapping[call]
    arguments = {"ApplicationId": "0" * 32} if service == "pinpoint" else {}

    assert f" {name}," in operations.section().replace("\n", " ")
    with pytest.raises(client.exceptions.ClientError, match="this operation is not emulated"):
        getattr(client, call)(**arguments)
