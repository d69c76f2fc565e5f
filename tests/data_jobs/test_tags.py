"""The tags of a job: set when it is created, changed by an Update."""

from __future__ import annotations

from typing import Any

from creation_steps import ARN, FIRST_NAME, create_parameters, job_response


def test_a_create_gives_the_job_its_tags(function: Any) -> None:
    event = function.event()
    event["ResourceProperties"]["Tags"] = [{"Key": "team", "Value": "search"}]
    expected = {**create_parameters(), "tags": [{"tagKey": "team", "tagValue": "search"}]}
    response = {"datasetImportJobArn": ARN + FIRST_NAME}
    function.stubs["personalize"].add_response("create_dataset_import_job", response, expected)

    assert function.create(function.run(event))["id"] == ARN + FIRST_NAME


def test_tags_that_could_not_be_changed_are_no_failure_of_the_job_that_is_unchanged(function: Any) -> None:
    for _ in range(2):
        function.stubs["personalize"].add_client_error("tag_resource", "ThrottlingException")
        function.stack("UPDATE_IN_PROGRESS")
    run = function.step("create", function.run(tagged(function, {}, {"team": "a"})))
    run = function.step("report", function.step("create", run, after=3300))

    assert run["next"] == "fail"
    assert function.responses.bodies[0]["Data"]["status"] == ""


def tagged(function: Any, old: dict[str, str], new: dict[str, str]) -> dict[str, Any]:
    """An Update that changes tags only."""
    event: dict[str, Any] = function.event("Update", PhysicalResourceId=ARN + "old")
    properties = event["ResourceProperties"]
    for name, tags in (("OldResourceProperties", old), ("ResourceProperties", new)):
        event[name] = {**properties, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return event


def test_tags_are_changed_on_the_job_that_is_there(function: Any) -> None:
    function.stubs["personalize"].add_response(
        "tag_resource", {}, {"resourceArn": ARN + "old", "tags": [{"tagKey": "team", "tagValue": "new"}]}
    )
    function.stubs["personalize"].add_response("untag_resource", {}, {"resourceArn": ARN + "old", "tagKeys": ["cost"]})
    event = tagged(function, {"team": "old", "cost": "1", "same": "same"}, {"team": "new", "same": "same"})

    assert function.step("create", function.run(event))["kept"] is True


def test_the_last_tag_may_stay_when_the_permission_to_take_it_away_is_gone(function: Any) -> None:
    function.stubs["personalize"].add_client_error("untag_resource", "AccessDeniedException")

    assert function.step("create", function.run(tagged(function, {"cost": "1"}, {})))["kept"] is True


def test_a_permission_to_tag_that_may_be_new_is_waited_for(function: Any) -> None:
    function.stubs["personalize"].add_client_error("tag_resource", "AccessDeniedException")
    function.stack("UPDATE_IN_PROGRESS")

    run = function.step("create", function.run(tagged(function, {"cost": "1"}, {"cost": "2"})))

    assert (run["next"], run["waiting_for"]) == ("create", "permissions")


def test_tags_that_the_service_refuses_fail_the_update(function: Any) -> None:
    function.stubs["personalize"].add_client_error("tag_resource", "TooManyTagsException", "50 at most")
    function.stubs["personalize"].add_response("describe_dataset_import_job", job_response(status="ACTIVE"))
    function.stack("UPDATE_IN_PROGRESS")

    outcome = function.step("create", function.run(tagged(function, {}, {"cost": "1"})))["outcome"]

    assert "could not be updated: TooManyTagsException: 50 at most" in outcome["reason"]


def test_no_rollback_fails_for_tags(function: Any) -> None:
    function.stubs["personalize"].add_client_error("tag_resource", "TooManyTagsException")
    function.stubs["personalize"].add_response("describe_dataset_import_job", job_response(status="ACTIVE"))
    function.stack("UPDATE_ROLLBACK_IN_PROGRESS")

    assert function.step("create", function.run(tagged(function, {}, {"team": "a"})))["next"] == "check"
