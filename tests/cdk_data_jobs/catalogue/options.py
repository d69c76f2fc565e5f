"""Entries: what a job can have, one thing at a time."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from catalogue import jobs, kinds
from catalogue.shop import DATASET_ARN, REGION, Shop

from cdk_data_jobs import (
    CreateCall,
    DataBucket,
    DataJobDashboard,
    DataJobError,
    DataJobRunner,
    DataJobs,
    DataSource,
    DescribeCall,
    FindCall,
    JobDefinition,
    JobNaming,
    NextPage,
    OnFailure,
    Overlap,
    TagCalls,
    personalize,
)

DAILY = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))
USERS = """{"type": "record", "name": "Users", "fields": [
    {"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}]}"""


def options_of_deployments(shop: Shop) -> None:
    """Each kind of job with each argument that kinds have in common."""
    runner = DataJobRunner(shop.stack, "Runner", layers=[shop.layer])
    for name in KINDS:
        service = "pinpoint" if name.startswith("pinpoint") else "bedrock" if name == "aws_job" else "personalize"
        options: dict[str, Any] = {
            "wait_for_completion": True,
            "timeout": cdk.Duration.minutes(30),
            "on_failure": OnFailure.CONTINUE,
            "trigger": "1",
            "deploy_time": True,
            "runner": runner,
        }
        if name != "solution_version":  # a training has no role and no name
            principal = iam.ServicePrincipal(f"{service}.amazonaws.com")
            options["role"] = iam.Role(shop.stack, f"Theirs{name}", assumed_by=principal)
        if service == "personalize" and name != "solution_version":
            options["job_name"] = name.replace("_", "-")
        getattr(kinds, name)(shop, f"{name}Job", **options)


KINDS = [name for name in vars(kinds) if name.endswith(("_job", "solution_version"))]


def local_files(shop: Shop) -> None:
    jobs.import_users(shop, source=_local_file(shop))


def many_local_files(shop: Shop) -> None:
    for number in range(60):
        shop.write(f"many/{number}.csv", f"USER_ID,AGE\n1,{number}\n")
    jobs.import_users(shop, source=DataSource.from_asset(shop.folder / "many"))


def checked_local_files(shop: Shop) -> None:
    schema = shop.write("users.avsc", USERS)
    jobs.import_users(shop, source=DataSource.from_asset(shop.write("users.csv"), check=True, schema=schema))


def tags(shop: Shop) -> None:
    cdk.Tags.of(jobs.import_users(shop)).add("team", "search")


def long_timeout(shop: Shop) -> None:
    jobs.import_users(shop, timeout=cdk.Duration.hours(12))


def encrypted_source(shop: Shop) -> None:
    jobs.import_users(shop, source=DataSource.from_bucket(shop.encrypted, "in/"))


def bucket_for_results(shop: Shop) -> None:
    jobs.export_users(shop)


def dataset_group_with_key(shop: Shop) -> None:
    group = cdk_personalize.CfnDatasetGroup(
        shop.stack, "CfnGroup", name="shop", kms_key_arn=shop.key.key_arn, role_arn=f"{DATASET_ARN}:role"
    )
    dataset = cdk_personalize.CfnDataset(
        shop.stack,
        "CfnUsers",
        name="users",
        dataset_type="Users",
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn="arn",
    )
    jobs.export_users(shop, dataset=dataset)


def given_role(shop: Shop) -> None:
    role = iam.Role(shop.stack, "Theirs", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
    jobs.import_users(shop, role=role)


def role_of_another_app(shop: Shop) -> None:
    jobs.import_users(shop, role=iam.Role.from_role_name(shop.stack, "Theirs", "Theirs"))


def granted_role(shop: Shop) -> None:
    objects = iam.PolicyStatement(actions=["s3:GetObject"], resources=[shop.bucket.arn_for_objects("users.csv")])
    jobs.import_users(shop).role.add_to_principal_policy(objects)


def runner_of_another_stack(shop: Shop) -> None:
    runner = DataJobRunner(cdk.Stack(cdk.App.of(shop.stack), "Platform"), "Runner")
    jobs.import_users(shop, source=_local_file(shop), runner=runner)


def nested_stack(shop: Shop) -> None:
    nested = cdk.NestedStack(shop.stack, "Nested")
    jobs.import_users(shop, scope=nested)
    jobs.import_users(shop, "Other", scope=nested, runner=DataJobRunner.of(shop.stack))


def several_stacks(shop: Shop, name: str = "", env: cdk.Environment | None = None) -> None:
    """Jobs in the stack of their bucket and their runner, and in another one."""
    app = cdk.App.of(shop.stack)
    data = cdk.Stack(app, f"Data{name}", env=env)
    other = cdk.Stack(app, f"Jobs{name}", env=env)
    bucket = DataBucket(
        data,
        "Bucket",
        server_access_logs_bucket=DataBucket(data, "Logs"),
        encryption_key=kms.Key(data, "Key", enable_key_rotation=True),
    )
    arn = DATASET_ARN.replace(REGION, env.region) if env and env.region else DATASET_ARN
    for stack in (data, other):
        here = {"scope": stack, "dataset": personalize.Dataset.from_dataset_arn(stack, "Users", arn)}
        jobs.import_users(shop, "FromBucket", source=DataSource.from_bucket(bucket, "users/"), **here)
        jobs.import_users(shop, "FromAsset", source=_local_file(shop), **here)
        more, runner = DataSource.from_bucket(bucket, "more/"), DataJobRunner.of(data)
        shared = jobs.import_users(shop, "Shared", source=more, runner=runner, **here)
        cdk.Tags.of(shared).add("team", "search")


def schedule(shop: Shop) -> None:
    jobs.import_users(shop).run_on_schedule(DAILY)


def schedule_with_all_options(shop: Shop) -> None:
    job = jobs.import_users(shop, deploy_time=False)
    job.run_on_schedule(
        DAILY,
        id="Nightly",
        time_window=scheduler.TimeWindow.flexible(cdk.Duration.minutes(15)),
        overlap=Overlap.SKIP,
        retry_attempts=3,
        max_event_age=cdk.Duration.hours(2),
        dead_letter_queue=shop.queue(),
    )


def uploads(shop: Shop) -> None:
    jobs.import_users(shop).run_on_upload()


def uploads_with_all_options(shop: Shop) -> None:
    job = jobs.import_users(shop, import_mode=personalize.ImportMode.INCREMENTAL)
    job.run_on_upload(
        id="Late",
        prefix="late/",
        suffix=".tsv.csv",
        batching_window=cdk.Duration.minutes(1),
        dead_letter_queue=sqs.Queue(shop.stack, "Queue", enforce_ssl=True),
    )


def encrypted_uploads(shop: Shop) -> None:
    runner = DataJobRunner(shop.stack, "Runner", staging_bucket=shop.encrypted)
    jobs.import_users(shop, source=DataSource.from_bucket(shop.encrypted, "in/"), runner=runner).run_on_upload()


def task(shop: Shop) -> None:
    of_job = jobs.import_users(shop).as_task(
        shop.stack,
        "Task",
        comment="the readers",
        result_path="$.imported",
        result_selector={"arn.$": "$.datasetImportJobArn"},
        task_timeout=sfn.Timeout.duration(cdk.Duration.hours(2)),
    )
    of_job.add_catch(sfn.Pass(shop.stack, "Caught"), errors=[DataJobError.FAILED])
    sfn.StateMachine(shop.stack, "Theirs", definition_body=sfn.DefinitionBody.from_chainable(of_job))


def jsonata_task(shop: Shop) -> None:
    of_job = jobs.import_users(shop).as_jsonata_task(
        shop.stack,
        "Task",
        comment="the readers",
        outputs={"arn": "{% $states.result.datasetImportJobArn %}"},
        assign={"status": "{% $states.result.status %}"},
        task_timeout=sfn.Timeout.duration(cdk.Duration.hours(2)),
    )
    body = sfn.DefinitionBody.from_chainable(of_job)
    sfn.StateMachine(shop.stack, "Theirs", definition_body=body, query_language=sfn.QueryLanguage.JSONATA)


def notifications(shop: Shop) -> None:
    job = jobs.import_users(shop)
    target = targets.SqsQueue(shop.queue("Ends"), dead_letter_queue=shop.queue("Letters"))
    job.on_succeeded("Succeeded", target=target, description="the readers are imported", rule_name="imported")
    job.on_failed("Failed", target=target, description="the readers are not imported", rule_name="not-imported")


def notifications_without_a_queue(shop: Shop) -> None:
    job = jobs.import_users(shop)
    queue = shop.queue("Ends")
    job.on_succeeded("Succeeded", target=targets.SqsQueue(queue))
    job.on_failed("Failed").add_target(targets.SqsQueue(queue))
    job.on_failed("Silent")


def alarms(shop: Shop) -> None:
    job = jobs.import_users(shop)
    changes: dict[str, Any] = {"statistic": "Maximum", "period": cdk.Duration.hours(1)}
    for metric in (job.metric_succeeded(**changes), job.metric_failed(**changes), job.metric_duration(**changes)):
        metric.create_alarm(
            shop.stack,
            f"Theirs{metric.metric_name}",
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        )


def failure_alarms(shop: Shop) -> None:
    topic = sns.Topic(shop.stack, "Failures", master_key=shop.key, enforce_ssl=True)
    jobs.import_users(shop).alarm_on_failure(topic, id="Failed")
    alarm = DataJobs.of(shop.stack).alarm_on_failure(topic, scope=shop.stack, id="AnyFailed")
    alarm.add_ok_action(cloudwatch_actions.SnsAction(topic))


def all_jobs_of_a_stack(shop: Shop) -> None:
    jobs.import_users(shop)
    for number, job in enumerate(DataJobs.of(shop.stack)):
        job.on_failed(f"Failed{number}", target=targets.SqsQueue(shop.queue("Ends")))


def dashboard(shop: Shop) -> None:
    jobs.import_users(shop)
    DataJobDashboard(shop.stack, "Dashboard", jobs_in=shop.stack, dashboard_name="jobs")


def attribute_of_a_definition(shop: Shop) -> None:
    job = jobs.import_contacts(shop, of={"reason": "FailureInfo.ErrorMessage"})
    cdk.CfnOutput(shop.stack, "Status", value=job.get_attribute("status"))


def definition_that_finds_jobs(shop: Shop) -> None:
    find = FindCall(
        operation="list_import_jobs",
        parameters={},
        jobs="ImportJobs",
        next=NextPage(parameter="NextToken", path="NextToken"),
        id="JobId",
        created="CreatedTimestamp",
        as_parameters="{ImportDestination: ImportDestination}",
    )
    jobs.import_contacts(shop, of={"find": find, "failures": "FailedRecordsCount"}, max_failures=3)


def definition_with_names_and_tags(shop: Shop) -> None:
    """Exports of datasets, as an app may define them itself."""
    definition = JobDefinition(
        title="export",
        service="personalize",
        create=CreateCall(operation="create_dataset_export_job", id="datasetExportJobArn"),
        describe=DescribeCall(
            operation="describe_dataset_export_job", parameters={"datasetExportJobArn": "id"}, job="datasetExportJob"
        ),
        status="status",
        succeeded=["ACTIVE"],
        failed=["CREATE FAILED"],
        created="creationDateTime",
        attributes={"status": "status", "reason": "failureReason"},
        name=JobNaming(
            parameter="jobName",
            max_length=63,
            job_id="arn:{partition}:personalize:{region}:{account}:dataset-export-job/{name}",
            name_taken_errors=["ResourceAlreadyExistsException"],
        ),
        excluded_parameters={"ingestionMode": "all rows are exported"},
        ignored_changes=["ingestionMode"],
        retryable_errors=["LimitExceededException"],
        access_denied_messages=["cannot be assumed"],
        hints={"does not exist": "create the dataset first"},
        tags=TagCalls(
            tag="tag_resource",
            untag="untag_resource",
            resource="resourceArn",
            list="tags",
            key="tagKey",
            value="tagValue",
            keys="tagKeys",
        ),
        permissions={
            "personalize:CreateDatasetExportJob": ["job"],
            "personalize:DescribeDatasetExportJob": ["job"],
        },
        tag_permissions={"personalize:TagResource": ["*"], "personalize:UntagResource": ["*"]},
    )
    parameters = {
        "datasetArn": DATASET_ARN,
        "roleArn": "arn:aws:iam::111122223333:role/export",
        "jobOutput": {"s3DataDestination": {"path": "s3://shop-data/out/"}},
    }
    job = jobs.import_contacts(shop, definition=definition, parameters=parameters, job_name="readers")
    cdk.Tags.of(job).add("team", "search")
    reasons = {
        "*": "The service authorizes it for all resources or none.",
        "arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:dataset-export-job/*": "Runs name the jobs.",
    }
    for resource, reason in reasons.items():
        finding = f"AwsSolutions-IAM5[Resource::{resource}]"
        cdk.Validations.of(job).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))


def definitions_of_other_services(shop: Shop) -> None:
    """A job whose create response may hold failures, one that is only listed, and one that must not run twice."""
    task = JobDefinition(
        title="ECS task",
        service="ecs",
        create=CreateCall(operation="run_task", id="tasks[0].taskArn", reason="join(', ', failures[].reason)"),
        describe=DescribeCall(
            operation="describe_tasks", parameters={"cluster": "parameters.cluster", "tasks": "[id]"}, job="tasks[0]"
        ),
        status="lastStatus",
        succeeded=["STOPPED"],
        failed=["FAILED"],
        failed_if="containers[?exitCode != `0`]",
        reason="stoppedReason",
        client_token="clientToken",  # noqa: S106 - a parameter's name
        token_used_errors=["ConflictException"],
    )
    jobs.import_contacts(shop, "Task", definition=task, parameters={"cluster": "c", "taskDefinition": "t"})
    sync = JobDefinition(
        title="Kendra sync",
        service="kendra",
        create=CreateCall(operation="start_data_source_sync_job", id="ExecutionId"),
        describe=DescribeCall(
            operation="list_data_source_sync_jobs",
            parameters={"Id": "parameters.Id", "IndexId": "parameters.IndexId"},
            job="History[?ExecutionId == '{id}'] | [0]",
            next=NextPage(parameter="NextToken", path="NextToken"),
        ),
        status="Status",
        succeeded=["SUCCEEDED"],
        failed=["FAILED", "INCOMPLETE", "ABORTED"],
        reason="ErrorMessage",
        may_run_twice=False,
    )
    jobs.import_contacts(shop, "Sync", definition=sync, parameters={"Id": "source", "IndexId": "i" * 36})


def _local_file(shop: Shop) -> DataSource:
    return DataSource.from_asset(shop.write("users.csv"))
