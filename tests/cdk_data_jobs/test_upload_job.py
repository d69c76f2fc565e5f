"""Jobs that run on uploaded files."""

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, Stack, aws_kms, aws_s3, aws_s3_notifications, aws_sqs
from aws_cdk.assertions import Annotations, Match
from aws_cdk.aws_scheduler import ScheduleExpression

from cdk_data_jobs import DataSource, personalize, pinpoint

INCREMENTAL = personalize.ImportMode.INCREMENTAL


@pytest.fixture
def rule(stack: Stack, resources: Any, with_names: Any) -> Any:
    """Returns the pattern of the only rule, and the request that it makes."""

    def find() -> Any:
        [found] = resources(stack, "AWS::Events::Rule").values()
        [target] = found["Properties"]["Targets"]
        template = with_names(target["InputTransformer"]["InputTemplate"])
        for name, value in (("bucket-name", "b"), ("object-key", "k"), ("object-sequencer", "s")):
            template = template.replace(f"<detail-{name}>", json.dumps(value))
        request = json.loads(template)
        return found["Properties"]["EventPattern"], request

    return find


def keys(pattern: Any) -> Any:
    return pattern["detail"]["object"]["key"]


def test_files_of_the_source_run_the_job(import_job: Any, rule: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    pattern, request = rule()
    assert pattern == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [{"Ref": "Data666C94C7"}]},
            "object": {"key": [{"wildcard": "users/*.csv"}]},
        },
    }
    assert (request["RequestType"], request["StartedBy"], request["Window"]) == ("Run", "upload", 300)
    assert request["Arrived"] == {"Bucket": "b", "Key": "k", "Sequencer": "s"}


def test_the_run_requests_what_a_deployment_requests_but_reads_with_another_role(
    stack: Stack, import_job: Any, rule: Any, resources: Any, with_names: Any
) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    [job] = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    own = {key: value for key, value in job["Properties"].items() if key != "ServiceToken"}
    assert rule()[1]["ResourceProperties"] == with_names(own)
    [asking] = resources(stack, "AWS::Events::Rule").values()
    roles = [set(re.findall("Read(Data[A-Za-z]*)Role", str(one))) for one in (own, asking["Properties"]["Targets"])]
    assert roles == [{"Data"}, {"DataJobStaging"}]


def test_the_run_collects_its_batch_in_the_staging_bucket(import_job: Any, rule: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    _, request = rule()
    arrivals = request["Arrivals"]
    assert arrivals["Parameter"] == "dataSource.dataLocation"
    assert arrivals["Inbox"].rpartition("arrived/")[0] == arrivals["Folder"].rpartition("gathered/")[0]


def test_only_uploaded_files_are_read_with_that_role(
    stack: Stack, import_job: Any, job_properties: Any, resources: Any
) -> None:
    job = import_job(import_mode=INCREMENTAL)
    job.run_on_upload()
    job.run_on_schedule(ScheduleExpression.rate(Duration.days(1)))

    [schedule] = resources(stack, "AWS::Scheduler::Schedule").values()
    said = str(schedule["Properties"]["Target"]["Input"])
    assert str(job_properties()["Parameters"]["roleArn"]) in said
    assert "ReadDataJobStaging" not in said


def test_the_service_may_read_batches_and_no_marker_objects(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ReadDataJobStaging" in name]
    objects = policy["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]
    assert "/gathered/*" in str(objects)
    assert "arrived" not in str(objects)


@pytest.mark.parametrize(
    ("key", "prefix", "objects"),
    [("users/", None, "/users/*"), ("users/", "late/", "/late/*"), ("users/", "", "/*"), ("a.csv", None, "/a.csv")],
)
def test_the_function_may_read_uploaded_files_and_the_job_waits_for_that(
    stack: Stack, import_job: Any, bucket: Any, resources: Any, *, key: str, prefix: Any, objects: str
) -> None:
    job = import_job(source=DataSource.from_bucket(bucket, key), import_mode=INCREMENTAL)
    job.run_on_upload(prefix=prefix)

    policies = resources(stack, "AWS::IAM::Policy")
    [own] = [name for name in policies if name.startswith("ImportUsersPolicy")]
    reading, listing = policies[own]["Properties"]["PolicyDocument"]["Statement"]
    assert (reading["Action"], reading["Resource"]["Fn::Join"][1][1]) == ("s3:GetObject", objects)
    assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", {"Fn::GetAtt": ["Data666C94C7", "Arn"]})
    [resource] = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    assert {own, *(name for name in policies if "ReadDataJobStaging" in name)} < {*resource["DependsOn"]}


def test_what_cannot_be_delivered_goes_to_a_queue_of_the_stack_or_a_given_one(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    job = import_job(import_mode=INCREMENTAL)
    job.run_on_upload()
    job.run_on_upload(id="Late", dead_letter_queue=aws_sqs.Queue(stack, "Mine"))

    queues = [
        rule["Properties"]["Targets"][0]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        for rule in resources(stack, "AWS::Events::Rule").values()
    ]
    assert sorted(queues) == ["DataJobAccessDeadLetters5F1DF6D0", "MineC1B42D3A"]


def test_prefix_suffix_and_batching_window_are_as_given(import_job: Any, rule: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload(
        prefix="late/", suffix=".tsv.csv", batching_window=Duration.minutes(1)
    )

    pattern, request = rule()
    assert keys(pattern) == [{"wildcard": "late/*.tsv.csv"}]
    assert request["Window"] == 60


@pytest.mark.parametrize(("mode", "whole"), [(INCREMENTAL, None), (personalize.ImportMode.FULL, True), (None, True)])
def test_files_of_which_each_part_would_replace_all_are_not_tried_apart(
    import_job: Any, rule: Any, mode: Any, whole: Any
) -> None:
    import_job(import_mode=mode).run_on_upload()

    assert rule()[1]["Arrivals"].get("Whole") is whole


def test_of_a_single_file_each_new_version_counts(import_job: Any, bucket: Any, rule: Any) -> None:
    import_job(source=DataSource.from_bucket(bucket, "users.csv")).run_on_upload()

    assert keys(rule()[0]) == ["users.csv"]


def test_files_for_pinpoint_have_the_suffix_of_their_format(
    stack: Stack, bucket: Any, rule: Any, resources: Any
) -> None:
    application = pinpoint.App.from_application_id(stack, "App", "0123456789abcdef")
    source = DataSource.from_bucket(bucket, "in/")
    job = pinpoint.ImportJob(stack, "Job", application=application, source=source, format=pinpoint.Format.JSON)
    job.run_on_upload()

    pattern, request = rule()
    assert keys(pattern) == [{"wildcard": "in/*.json"}]
    assert request["Arrivals"]["Parameter"] == "ImportJobRequest.S3Url"
    assert "Whole" not in request["Arrivals"]
    roles = resources(stack, "AWS::IAM::Role")
    [role] = [role for name, role in roles.items() if "ReadDataJobStagingRole" in name]
    assert "apps/0123456789abcdef" in str(role["Properties"]["AssumeRolePolicyDocument"])
    assert request["ResourceProperties"]["Parameters"]["ImportJobRequest"]["RoleArn"] == "name"


def test_the_bucket_sends_its_events_without_a_function(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    configured = [
        bucket["Properties"].get("NotificationConfiguration") for bucket in resources(stack, "AWS::S3::Bucket").values()
    ]
    assert {"EventBridgeConfiguration": {"EventBridgeEnabled": True}} in configured
    assert len(resources(stack, "AWS::Lambda::Function")) == 1


@pytest.mark.parametrize("enabled", [True, False])
def test_other_notifications_must_not_switch_the_events_off(
    app: cdk.App, stack: Stack, import_job: Any, bucket: Any, enabled: bool
) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()
    queue = aws_sqs.Queue(stack, "Queue")
    bucket.add_event_notification(aws_s3.EventType.OBJECT_REMOVED, aws_s3_notifications.SqsDestination(queue))
    if enabled:
        bucket.enable_event_bridge_notification()
        app.synth()
    else:
        error = "the notifications of Shop/Data would switch off its events for EventBridge, which run_on_upload needs"
        with pytest.raises(RuntimeError, match=error):
            app.synth()


def test_of_an_imported_bucket_a_warning_says_what_its_owner_must_do(stack: Stack, import_job: Any) -> None:
    imported = aws_s3.Bucket.from_bucket_name(stack, "Theirs", "theirs")
    import_job(source=DataSource.from_bucket(imported, "in/"), import_mode=INCREMENTAL).run_on_upload()

    Annotations.from_stack(stack).has_warning(
        "/Shop/ImportUsers",
        Match.string_like_regexp(
            "the bucket theirs is not of this app, so its owner must let it send events to EventBridge; .*"
            r"\[ack: cdk-data-jobs:bucketEvents\]"
        ),
    )


def test_the_function_may_decrypt_uploaded_files(stack: Stack, import_job: Any, resources: Any) -> None:
    key = aws_kms.Key(stack, "Key")
    source = DataSource.from_bucket(aws_s3.Bucket(stack, "Encrypted", encryption_key=key), "in/")
    import_job(source=source, import_mode=INCREMENTAL).run_on_upload()

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ImportUsersPolicy" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "kms:Decrypt" in [statement["Action"] for statement in statements]


def test_the_function_may_read_uploaded_files_and_no_other_object(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload(prefix="late/")

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ImportUsersPolicy" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [reading] = [one["Resource"] for one in statements if one["Action"] == "s3:GetObject"]
    assert reading["Fn::Join"][1][1:] == ["/late/*"]


@pytest.mark.parametrize("batching_window", [Duration.minutes(1), Duration.hours(12)])
def test_the_shortest_and_the_longest_batching_window_are_valid(
    import_job: Any, rule: Any, batching_window: Duration
) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload(batching_window=batching_window)

    assert rule()[1]["Window"] == batching_window.to_seconds()


@pytest.mark.parametrize(
    ("key", "options", "warned"),
    [("users/", {}, 1), ("users/", {"import_mode": INCREMENTAL}, 0), ("users.csv", {}, 0)],
)
def test_a_warning_says_that_uploaded_files_replace_all_that_was_there(
    stack: Stack, import_job: Any, bucket: Any, key: str, options: Any, *, warned: int
) -> None:
    import_job(source=DataSource.from_bucket(bucket, key), **options).run_on_upload()

    warning = r"replaces all that was there.*\[ack: cdk-data-jobs:fullUpload\]"
    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp(warning))
    assert len(warnings) == warned


def test_a_suffix_that_a_single_file_has_is_no_pattern(import_job: Any, bucket: Any, rule: Any) -> None:
    import_job(source=DataSource.from_bucket(bucket, "users.csv")).run_on_upload(suffix=".csv")

    assert keys(rule()[0]) == ["users.csv"]


def test_the_rule_goes_before_the_job(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    [job] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    [(name, rule)] = resources(stack, "AWS::Events::Rule").items()
    assert name.startswith("ImportUsersUpload")
    assert job in rule["DependsOn"]


def test_a_bucket_may_wait_for_another_job(stack: Stack, import_job: Any, cycles: Any) -> None:
    first = import_job("First")
    later = aws_s3.Bucket(stack, "Later")
    later.node.add_dependency(first)
    source = DataSource.from_bucket(later, "in/")
    import_job("Second", source=source, import_mode=INCREMENTAL).run_on_upload()

    assert cycles(cdk.App.of(stack).synth().get_stack_by_name("Shop").template) == []
