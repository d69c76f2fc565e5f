"""Jobs on what arrives in a bucket."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, Stack, aws_kms, aws_s3, aws_s3_notifications, aws_sqs
from aws_cdk.assertions import Annotations, Match
from aws_cdk.aws_scheduler import ScheduleExpression

from cdk_data_jobs import DataBucket, DataJobRunner, DataSource, personalize, pinpoint

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
    assert (pattern["source"], pattern["detail-type"], keys(pattern)) == (
        ["aws.s3"],
        ["Object Created"],
        [{"wildcard": "users/*.csv"}],
    )
    assert (request["RequestType"], request["StartedBy"], request["Window"]) == ("Run", "upload", 300)
    assert request["Arrived"] == {"Bucket": "b", "Key": "k", "Sequencer": "s"}


def test_the_run_gathers_in_the_staging_bucket_and_reads_there_with_another_role(import_job: Any, rule: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    _, request = rule()
    arrivals = request["Arrivals"]
    assert arrivals["Parameter"] == "dataSource.dataLocation"
    assert arrivals["Inbox"].rpartition("arrived/")[0] == arrivals["Folder"].rpartition("gathered/")[0]


def test_only_what_arrives_is_read_with_that_role(
    stack: Stack, import_job: Any, job_properties: Any, resources: Any
) -> None:
    job = import_job(import_mode=INCREMENTAL)
    job.run_on_upload()
    job.run_on_schedule(ScheduleExpression.rate(Duration.days(1)))

    [schedule] = resources(stack, "AWS::Scheduler::Schedule").values()
    said = str(schedule["Properties"]["Target"]["Input"])
    assert str(job_properties()["Parameters"]["roleArn"]) in said
    assert "ReadDataJobStaging" not in said


def test_the_service_may_read_what_is_gathered_and_no_notes(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ReadDataJobStaging" in name]
    objects = policy["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]
    assert "/gathered/*" in str(objects)
    assert "arrived" not in str(objects)


def test_prefix_suffix_and_time_are_as_asked(import_job: Any, rule: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload(prefix="late/", suffix=".tsv.csv", gather=Duration.minutes(1))

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


def test_files_for_pinpoint_end_as_their_format_says(stack: Stack, bucket: Any, rule: Any) -> None:
    application = pinpoint.App.from_application_id(stack, "App", "0123456789abcdef")
    source = DataSource.from_bucket(bucket, "in/")
    job = pinpoint.ImportJob(stack, "Job", application=application, source=source, format=pinpoint.Format.JSON)
    job.run_on_upload()

    pattern, request = rule()
    assert keys(pattern) == [{"wildcard": "in/*.json"}]
    assert request["Arrivals"]["Parameter"] == "ImportJobRequest.S3Url"
    assert request["ResourceProperties"]["Parameters"]["ImportJobRequest"]["RoleArn"] == "name"


def test_the_bucket_sends_its_events_without_a_function(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    configured = [
        bucket["Properties"].get("NotificationConfiguration") for bucket in resources(stack, "AWS::S3::Bucket").values()
    ]
    assert {"EventBridgeConfiguration": {"EventBridgeEnabled": True}} in configured
    assert len(resources(stack, "AWS::Lambda::Function")) == 1


@pytest.mark.parametrize("told", [True, False])
def test_other_notifications_must_not_switch_the_events_off(
    app: cdk.App, stack: Stack, import_job: Any, bucket: Any, told: bool
) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()
    queue = aws_sqs.Queue(stack, "Queue")
    bucket.add_event_notification(aws_s3.EventType.OBJECT_REMOVED, aws_s3_notifications.SqsDestination(queue))
    if told:
        bucket.enable_event_bridge_notification()
        app.synth()
    else:
        with pytest.raises(RuntimeError, match="would switch off its events for EventBridge"):
            app.synth()


def test_of_an_imported_bucket_a_warning_says_what_its_owner_must_do(stack: Stack, import_job: Any) -> None:
    imported = aws_s3.Bucket.from_bucket_name(stack, "Theirs", "theirs")
    import_job(source=DataSource.from_bucket(imported, "in/"), import_mode=INCREMENTAL).run_on_upload()

    Annotations.from_stack(stack).has_warning(
        "/Shop/ImportUsers", Match.string_like_regexp("its owner must let it send events to EventBridge")
    )


def test_the_function_may_decrypt_what_arrives(stack: Stack, import_job: Any, resources: Any) -> None:
    key = aws_kms.Key(stack, "Key")
    source = DataSource.from_bucket(aws_s3.Bucket(stack, "Encrypted", encryption_key=key), "in/")
    import_job(source=source, import_mode=INCREMENTAL).run_on_upload()

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ImportUsersPolicy" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "kms:Decrypt" in [statement["Action"] for statement in statements]


def test_the_function_may_read_what_may_arrive_and_no_other_object(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload(prefix="late/")

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ImportUsersPolicy" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [reading] = [one["Resource"] for one in statements if one["Action"] == "s3:GetObject"]
    assert reading["Fn::Join"][1][1:] == ["/late/*"]


def test_the_function_lists_nothing_but_copies_in_a_bucket_that_holds_more(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    staged(stack, import_job, aws_s3.Bucket(stack, "Source"), aws_s3.Bucket(stack, "Staging"), "in/")

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "Copies" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [listing] = [one for one in statements if one["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "data-jobs/*"}}


def test_the_function_decrypts_what_arrives_with_the_key_of_its_bucket(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    source, staging = (
        aws_s3.Bucket(stack, name, encryption_key=aws_kms.Key(stack, f"{name}Key")) for name in ("Source", "Staging")
    )
    staged(stack, import_job, source, staging, "in/")

    [policy] = [value for name, value in resources(stack, "AWS::IAM::Policy").items() if "ImportUsersPolicy" in name]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [decrypting] = [one["Resource"] for one in statements if one["Action"] == "kms:Decrypt"]
    assert decrypting == stack.resolve(source.encryption_key.key_arn)


def test_nothing_arrives_among_local_files(import_job: Any, write: Any) -> None:
    job = import_job(source=DataSource.from_asset(write("users.csv") / "users.csv"))

    with pytest.raises(ValueError, match="nothing arrives among local files, got an asset for Shop/ImportUsers"):
        job.run_on_upload()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gather": Duration.seconds(30)}, "gather must be 1 minute to 12 hours, got 30 seconds"),
        ({"gather": Duration.days(1)}, "gather must be 1 minute to 12 hours, got 1 day"),
        ({"prefix": "s3://bucket/in"}, "prefix must be the part of the location after the bucket's name"),
        ({"suffix": "*.csv"}, "suffix must"),
        ({"prefix": "a\\\\b"}, "the keys of what arrives must have no backslash"),
        ({"gather": 5}, "gather must be a Duration, got int 5"),
    ],
)
def test_what_cannot_work_is_refused(import_job: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("*", r"\*")):
        import_job(import_mode=INCREMENTAL).run_on_upload(**options)


@pytest.mark.parametrize(
    ("key", "options", "warned"),
    [("users/", {}, 1), ("users/", {"import_mode": INCREMENTAL}, 0), ("users.csv", {}, 0)],
)
def test_a_warning_says_that_what_arrives_replaces_all_that_was_there(
    stack: Stack, import_job: Any, bucket: Any, key: str, options: Any, *, warned: int
) -> None:
    import_job(source=DataSource.from_bucket(bucket, key), **options).run_on_upload()

    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("replaces all that was there"))
    assert len(warnings) == warned


def test_a_suffix_that_a_single_file_has_is_no_pattern(import_job: Any, bucket: Any, rule: Any) -> None:
    import_job(source=DataSource.from_bucket(bucket, "users.csv")).run_on_upload(suffix=".csv")

    assert keys(rule()[0]) == ["users.csv"]


def test_the_rule_goes_before_the_job(stack: Stack, import_job: Any, resources: Any) -> None:
    import_job(import_mode=INCREMENTAL).run_on_upload()

    [job] = resources(stack, "Custom::PersonalizeDatasetImportJob")
    [rule] = resources(stack, "AWS::Events::Rule").values()
    assert job in rule["DependsOn"]


def test_a_bucket_may_wait_for_another_job(stack: Stack, import_job: Any, cycles: Any) -> None:
    first = import_job("First")
    later = aws_s3.Bucket(stack, "Later")
    later.node.add_dependency(first)
    source = DataSource.from_bucket(later, "in/")
    import_job("Second", source=source, import_mode=INCREMENTAL).run_on_upload()

    assert cycles(cdk.App.of(stack).synth().get_stack_by_name("Shop").template) == []


def test_many_rules_share_a_statement_of_the_queue_and_too_many_are_refused(
    stack: Stack, import_job: Any, resources: Any
) -> None:
    job = import_job(import_mode=INCREMENTAL)
    for number in range(40):
        job.run_on_upload(id=f"Upload{number}")
    with pytest.raises(ValueError, match="a runner must have at most 40 jobs that run on upload"):
        job.run_on_upload(id="Another")

    statements = [
        statement
        for policy in resources(stack, "AWS::SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert len([one for one in statements if "events.amazonaws.com" in str(one)]) == 1


def test_what_a_rule_says_has_a_limit(app: cdk.App, import_job: Any) -> None:
    job = import_job(import_mode=INCREMENTAL)
    for number in range(45):
        cdk.Tags.of(job).add(f"tag-{number}", "x" * 200)
    job.run_on_upload()

    with pytest.raises(RuntimeError, match="what the rule says of the job must have at most 8192 characters"):
        app.synth()


def staged(
    stack: Stack, import_job: Any, source: aws_s3.IBucket, staging: aws_s3.IBucket, key: str, **given: Any
) -> None:
    runner = DataJobRunner(stack, "Runner", staging_bucket=staging)
    source = DataSource.from_bucket(source, key)
    import_job(source=source, runner=runner, import_mode=INCREMENTAL).run_on_upload(**given)


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("in/", {"prefix": ""}),
        ("in/", {"prefix": "d"}),
        ("in/", {"prefix": "data-jobs/"}),
        ("in/", {"prefix": "data-jobs/x/", "suffix": ".tsv.csv"}),
        ("data-jobs/", {}),
        ("data-jobs/x/", {}),
        ("data-jobs/users.csv", {}),
        ("users.csv", {"prefix": "data"}),
    ],
)
def test_what_runs_copy_must_not_start_the_next(stack: Stack, import_job: Any, key: str, given: Any) -> None:
    bucket = aws_s3.Bucket(stack, "Both")

    with pytest.raises(ValueError, match=r"in the staging bucket, which match what is below 'data-jobs/'; give the"):
        staged(stack, import_job, bucket, bucket, key, **given)


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("in/", {}),
        ("data/", {}),
        ("data-jobs", {}),
        ("d", {}),
        ("data-jobs.csv", {}),
        ("data-jobs/", {"prefix": "in/"}),
        ("in/", {"prefix": "data-jobs-in/"}),
    ],
)
def test_other_folders_of_the_staging_bucket_start_runs(
    stack: Stack, import_job: Any, rule: Any, key: str, given: Any
) -> None:
    bucket = aws_s3.Bucket(stack, "Both")
    staged(stack, import_job, bucket, bucket, key, **given)

    assert keys(rule()[0])


@pytest.mark.parametrize("source", ["Declared", "Named", "Arn"])
@pytest.mark.parametrize("staging", ["Declared", "Named", "Arn"])
def test_two_constructs_may_be_one_bucket(stack: Stack, import_job: Any, source: str, staging: str) -> None:
    buckets = {
        "Declared": aws_s3.Bucket(stack, "Declared", bucket_name="shop"),
        "Named": aws_s3.Bucket.from_bucket_name(stack, "Named", "shop"),
        "Arn": aws_s3.Bucket.from_bucket_arn(stack, "Arn", "arn:aws:s3:::shop"),
    }

    with pytest.raises(ValueError, match="which match what is below 'data-jobs/'"):
        staged(stack, import_job, buckets[source], buckets[staging], "in/", prefix="")


def test_another_bucket_may_have_a_folder_of_that_name(stack: Stack, import_job: Any, rule: Any) -> None:
    declared, known = aws_s3.Bucket(stack, "Declared"), aws_s3.Bucket.from_bucket_name(stack, "Known", "shop")
    staged(stack, import_job, declared, known, "data-jobs/")

    assert keys(rule()[0])


def test_in_a_bucket_for_copies_alone_all_are_copies(stack: Stack, import_job: Any) -> None:
    bucket = DataBucket(stack, "DataJobStaging")

    with pytest.raises(ValueError, match="which match what is below '/'"):
        import_job(source=DataSource.from_bucket(bucket, "users/"), import_mode=INCREMENTAL).run_on_upload()
