"""What the tests of the constructs share."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_data_jobs import (
    AwsJob,
    CreateCall,
    DataBucket,
    DataDestination,
    DataJobDashboard,
    DataJobRunner,
    DataSource,
    DescribeCall,
    JobDefinition,
    personalize,
    pinpoint,
)
from cdk_data_jobs.data_job import DataJob
from cdk_data_jobs_local.api import function_sdk as sdk

ARN = "arn:aws:personalize:eu-west-1:111122223333"
DATASET_ARN = f"{ARN}:dataset/shop/USERS"
JOB_TYPE = "Custom::PersonalizeDatasetImportJob"


def ses_definition(**more: Any) -> JobDefinition:
    """A definition that says no more than it must, and what is given."""
    return JobDefinition(
        title="SES contact list import",
        service="sesv2",
        create=CreateCall(operation="create_import_job", id="JobId"),
        describe=DescribeCall(operation="get_import_job", parameters={"JobId": "id"}),
        status="JobStatus",
        succeeded=["COMPLETED"],
        failed=["FAILED"],
        **more,
    )


@pytest.fixture(name="ses_definition")
def _ses_definition() -> Callable[..., JobDefinition]:
    return ses_definition


@pytest.fixture
def app() -> cdk.App:
    return cdk.App()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Shop")


@pytest.fixture(scope="session")
def runtime_sdk() -> Path:
    """The folder of the SDK that AWS's runtime was last seen to have."""
    folder = sdk.folder(sdk.RUNTIME)
    assert folder is not None
    return folder


@pytest.fixture
def dataset(stack: cdk.Stack) -> personalize.Dataset:
    return personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Data")


@pytest.fixture
def import_job(
    stack: cdk.Stack, dataset: personalize.Dataset, bucket: s3.Bucket
) -> Callable[..., personalize.DatasetImportJob]:
    """Makes an import job, in which everything has a default."""

    def make(id_: str = "ImportUsers", scope: Any = stack, **options: Any) -> personalize.DatasetImportJob:
        defaults = {"dataset": dataset, "source": DataSource.from_bucket(bucket, "users/")}
        return personalize.DatasetImportJob(scope, id_, **(defaults | options))

    return make


@pytest.fixture
def declared_dataset(stack: cdk.Stack) -> cdk_personalize.CfnDataset:
    """A dataset whose schema is a literal in the same app."""
    schema = cdk_personalize.CfnSchema(
        stack,
        "Schema",
        name="users",
        schema='{"type": "record", "name": "Users", "fields": [{"name": "USER_ID"}, {"name": "AGE"}]}',
    )
    group = cdk_personalize.CfnDatasetGroup(stack, "Group", name="shop")
    return cdk_personalize.CfnDataset(
        stack,
        "DeclaredUsers",
        name="users",
        dataset_type="Users",
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn=schema.attr_schema_arn,
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file below a temporary folder, and returns the folder."""

    def make(name: str, content: str | bytes = "USER_ID,AGE\n1,20\n") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return make


@pytest.fixture
def resources() -> Callable[..., dict[str, Any]]:
    """Returns the resources of a stack's template, of one type or all."""

    def find(of: cdk.Stack, type_: str | None = None) -> dict[str, Any]:
        found = Template.from_stack(of).to_json().get("Resources", {})
        return {key: value for key, value in found.items() if type_ in (None, value["Type"])}

    return find


@pytest.fixture
def job_properties(stack: cdk.Stack, resources: Callable[..., dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Returns the properties of the only job of the stack."""

    def find() -> dict[str, Any]:
        (job,) = resources(stack, JOB_TYPE).values()
        return job["Properties"]

    return find


@pytest.fixture
def scrubbed() -> Callable[[object], Any]:
    """Replaces asset hashes, which change with every change of the function."""

    def scrub(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: scrub(item) for key, item in value.items()}
        if isinstance(value, list):
            return [scrub(item) for item in value]
        return re.sub(r"\b[0-9a-f]{64}\b", "<asset hash>", value) if isinstance(value, str) else value

    return scrub


class Everything:
    """A job of each kind with every argument of its own, in a stack of its own."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.stack = stack
        self.dataset = personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)
        self.solution_version = f"{ARN}:solution/shop/1"
        self.filter = personalize.Filter.from_filter_arn(stack, "Filter", f"{ARN}:filter/shop")
        self.application = pinpoint.App.from_application_id(stack, "Application", "0123456789abcdef")
        self.key = kms.Key(stack, "Key", enable_key_rotation=True)
        logs = DataBucket(stack, "Logs")
        self.bucket = DataBucket(stack, "Data", server_access_logs_bucket=logs)
        self.encrypted = DataBucket(stack, "Encrypted", encryption_key=self.key, server_access_logs_bucket=logs)
        self.source = DataSource.from_bucket(self.bucket, "in/")
        self.destination = DataDestination.from_bucket(self.bucket, "out/", self.key)

    def dataset_import_job(self) -> DataJob:
        return personalize.DatasetImportJob(
            self.stack,
            "Job",
            dataset=self.dataset,
            source=self.source,
            import_mode=personalize.ImportMode.INCREMENTAL,
            publish_attribution_metrics_to_s3=True,
        )

    def dataset_export_job(self) -> DataJob:
        return personalize.DatasetExportJob(
            self.stack,
            "Job",
            dataset=self.dataset,
            destination=self.destination,
            ingestion_mode=personalize.IngestionMode.ALL,
        )

    def data_deletion_job(self) -> DataJob:
        group = personalize.DatasetGroup.from_dataset_group_arn(self.stack, "Group", f"{ARN}:dataset-group/shop")
        return personalize.DataDeletionJob(self.stack, "Job", dataset_group=group, source=self.source)

    def batch_inference_job(self) -> DataJob:
        # What AWS's runtime has does not know `rankingInfluence`.
        arn = "arn:aws:lambda:eu-west-1:111122223333:layer:boto3:1"
        DataJobRunner(
            self.stack, "DataJobRunner", layers=[lambda_.LayerVersion.from_layer_version_arn(self.stack, "Sdk", arn)]
        )
        return personalize.BatchInferenceJob(
            self.stack,
            "Job",
            solution_version_arn=self.solution_version,
            source=DataSource.from_bucket(self.encrypted, "in/users.json"),
            destination=self.destination,
            filter=self.filter,
            num_results=10,
            batch_inference_job_config=personalize.BatchInferenceJobConfig(
                item_exploration_config={"explorationWeight": "0.3"},
                ranking_influence={personalize.RankingInfluence.POPULARITY: 0.5},
            ),
            batch_inference_job_mode=personalize.BatchInferenceJobMode.THEME_GENERATION,
            theme_generation_config=personalize.ThemeGenerationConfig(item_name="TITLE"),
        )

    def batch_segment_job(self) -> DataJob:
        return personalize.BatchSegmentJob(
            self.stack,
            "Job",
            solution_version_arn=self.solution_version,
            source=DataSource.from_bucket(self.encrypted, "in/users.json"),
            destination=self.destination,
            filter=self.filter,
            num_results=10,
        )

    def pinpoint_import_job(self) -> DataJob:
        arguments: dict[str, Any] = {
            "application": self.application,
            "source": self.source,
            "format": pinpoint.Format.CSV,
            "define_segment": True,
            "register_endpoints": True,
            "external_id": "111122223333",
            "max_failures": 3,
        }
        pinpoint.ImportJob(self.stack, "Update", **arguments, segment_id="segment")
        return pinpoint.ImportJob(self.stack, "Job", **arguments, segment_name="readers")

    def pinpoint_export_job(self) -> DataJob:
        return pinpoint.ExportJob(
            self.stack,
            "Job",
            application=self.application,
            destination=DataDestination.from_bucket(self.bucket, "out/"),
            segment_id="segment",
            segment_version=2,
            max_failures=3,
        )

    def aws_job(self) -> DataJob:
        definition = JobDefinition(
            title="Bedrock batch inference",
            service="bedrock",
            create=CreateCall(operation="create_model_invocation_job", id="jobArn"),
            describe=DescribeCall(operation="get_model_invocation_job", parameters={"jobIdentifier": "id"}),
            status="status",
            succeeded=["Completed"],
            failed=["Failed", "Stopped", "Expired", "PartiallyCompleted"],
            reason="message",
            client_token="clientRequestToken",  # noqa: S106 - a parameter's name
            role="roleArn",
            source_arn="arn:{partition}:bedrock:{region}:{account}:model-invocation-job/*",
        )
        job = AwsJob(
            self.stack,
            "Job",
            definition=definition,
            parameters={
                "jobName": "readers",
                "modelId": "amazon.nova-lite-v1:0",
                "inputDataConfig": {"s3InputDataConfig": {"s3Uri": self.bucket.s3_url_for_object("in.jsonl")}},
                "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": self.bucket.s3_url_for_object("out/")}},
            },
            statements=[
                iam.PolicyStatement(
                    actions=["bedrock:CreateModelInvocationJob"],
                    resources=["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"],
                )
            ],
            service_principal="bedrock.amazonaws.com",
        )
        job.role.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[self.bucket.arn_for_objects("in.jsonl")])
        )
        return job


@pytest.fixture
def everything(stack: cdk.Stack) -> Everything:
    return Everything(stack)


@pytest.fixture
def with_names() -> Callable[[object], Any]:
    """Replaces CloudFormation's functions by what they might return, so that botocore can look at the rest."""

    def replace(value: Any) -> Any:
        if isinstance(value, list):
            return [replace(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Fn::Join" in value:
            return "".join(replace(item) for item in value["Fn::Join"][1])
        if "Fn::GetAtt" in value or "Ref" in value:
            return "name"
        return {key: replace(item) for key, item in value.items()}

    return replace


@pytest.fixture
def cycles() -> Callable[[dict[str, Any]], list[str]]:
    """Returns the resources of a template that wait for each other, which CloudFormation finds only when deploying."""

    def needed(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(needed, value))
        if not isinstance(value, dict):
            return set()
        own = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
        return own.union(*map(needed, value.values()))

    def find(template: dict[str, Any]) -> list[str]:
        resources = template["Resources"]
        waiting = {
            name: (needed(one.get("Properties")) | {*one.get("DependsOn", [])}) & set(resources) - {name}
            for name, one in resources.items()
        }
        while ready := [name for name, others in waiting.items() if not others & set(waiting)]:
            for name in ready:
                del waiting[name]
        return sorted(waiting)

    return find


class Anything(Everything):
    """What else jobs can be declared with, one thing at a time."""

    def __init__(self, stack: cdk.Stack, folder: Path) -> None:
        super().__init__(stack)
        self.folder = folder

    def local_files(self, **options: Any) -> DataJob:
        self.write("users.csv")
        return self.import_users(source=DataSource.from_asset(self.folder / "users.csv"), **options)

    def many_local_files(self) -> None:
        for number in range(60):
            self.write(f"many/{number}.csv", number)
        self.import_users(source=DataSource.from_asset(self.folder / "many"))

    def tags(self) -> None:
        cdk.Tags.of(self.import_users()).add("team", "search")

    def a_long_timeout(self) -> None:
        self.import_users(timeout=cdk.Duration.hours(12))

    def an_encrypted_source(self) -> None:
        self.import_users(source=DataSource.from_bucket(self.encrypted, "in/"))

    def a_bucket_for_results(self) -> None:
        personalize.DatasetExportJob(self.stack, "Job", dataset=self.dataset)

    def another_role(self) -> None:
        role = iam.Role(self.stack, "Theirs", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
        self.import_users(role=role)

    def a_role_of_another_app(self) -> None:
        self.import_users(role=iam.Role.from_role_name(self.stack, "Theirs", "Theirs"))

    def a_granted_role(self) -> None:
        objects = iam.PolicyStatement(actions=["s3:GetObject"], resources=[self.bucket.arn_for_objects("users.csv")])
        self.import_users().role.add_to_principal_policy(objects)

    def a_runner_of_another_stack(self) -> None:
        other = cdk.Stack(cdk.App.of(self.stack), "Platform")
        self.local_files(runner=DataJobRunner(other, "Runner"))

    def a_nested_stack(self) -> None:
        nested = cdk.NestedStack(self.stack, "Nested")
        self.import_users(scope=nested)
        self.import_users("Other", scope=nested, runner=DataJobRunner.of(self.stack))

    def an_aws_job_without_statements(self) -> None:
        definition = ses_definition(reason="FailureInfo.ErrorMessage")
        AwsJob(self.stack, "Job", definition=definition, parameters={})

    def a_vpc(self) -> None:
        self.import_users(runner=DataJobRunner(self.stack, "Runner", vpc=self.vpc))

    def security_groups_and_subnets(self) -> None:
        group = ec2.SecurityGroup.from_security_group_id(self.stack, "Group", "sg-0123456789abcdef0")
        isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        runner = DataJobRunner(
            self.stack, "Runner", vpc=self.vpc, vpc_subnets=isolated, security_groups=[group], tracing_enabled=True
        )
        self.import_users(runner=runner)

    def a_key_for_executions_and_log(self) -> None:
        self.import_users(runner=DataJobRunner(self.stack, "Runner", encryption_key=self.key))

    def tracing(self) -> None:
        self.import_users(runner=DataJobRunner(self.stack, "Runner", tracing_enabled=True))

    def a_dead_letter_queue(self) -> None:
        queue = sqs.Queue.from_queue_arn(self.stack, "Queue", "arn:aws:sqs:eu-west-1:111122223333:letters")
        self.import_users(runner=DataJobRunner(self.stack, "Runner", dead_letter_queue=queue))

    def an_encrypted_dead_letter_queue(self) -> None:
        queue = sqs.Queue(self.stack, "Queue", encryption_master_key=self.key)
        self.import_users(runner=DataJobRunner(self.stack, "Runner", dead_letter_queue=queue))

    def reserved_concurrency(self) -> None:
        self.import_users(runner=DataJobRunner(self.stack, "Runner", reserved_concurrent_executions=10))

    def a_permissions_boundary(self) -> None:
        boundary = iam.ManagedPolicy.from_managed_policy_name(self.stack, "Boundary", "boundary")
        self.import_users(runner=DataJobRunner(self.stack, "Runner", permissions_boundary=boundary))

    def a_schedule(self) -> None:
        self.import_users().run_on_schedule(scheduler.ScheduleExpression.rate(cdk.Duration.days(1)))

    def uploads(self) -> None:
        self.import_users().run_on_upload()

    def encrypted_uploads(self) -> None:
        runner = DataJobRunner(self.stack, "Runner", staging_bucket=self.encrypted)
        self.import_users(source=DataSource.from_bucket(self.encrypted, "in/"), runner=runner).run_on_upload()

    def a_task(self) -> None:
        task = self.import_users().as_task(self.stack, "Task")
        sfn.StateMachine(self.stack, "Theirs", definition_body=sfn.DefinitionBody.from_chainable(task))

    def events_of_its_end(self) -> None:
        job = self.import_users()
        queues = [
            sqs.Queue.from_queue_arn(self.stack, name, f"arn:aws:sqs:eu-west-1:111122223333:{name}")
            for name in ("Ends", "Letters")
        ]
        job.on_succeeded("Succeeded", target=targets.SqsQueue(queues[0], dead_letter_queue=queues[1]))
        job.on_failed("Failed", target=targets.SqsQueue(queues[0], dead_letter_queue=queues[1]))

    def events_of_its_end_without_a_queue(self) -> None:
        job = self.import_users()
        queue = sqs.Queue.from_queue_arn(self.stack, "Ends", "arn:aws:sqs:eu-west-1:111122223333:Ends")
        job.on_succeeded("Succeeded", target=targets.SqsQueue(queue))
        job.on_failed("Failed").add_target(targets.SqsQueue(queue))
        job.on_failed("Silent")

    def a_dashboard(self) -> None:
        self.import_users()
        DataJobDashboard(self.stack, "Dashboard")

    def another_staging_bucket(self) -> None:
        self.local_files(runner=DataJobRunner(self.stack, "Runner", staging_bucket=self.encrypted))

    @property
    def vpc(self) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            self.stack,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )

    def import_users(self, id_: str = "Job", *, scope: Any = None, **options: Any) -> DataJob:
        arguments = {"dataset": self.dataset, "source": self.source} | options
        return personalize.DatasetImportJob(scope or self.stack, id_, **arguments)

    def write(self, name: str, age: int = 20) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"USER_ID,AGE\n1,{age}\n")


ANYTHING: dict[str, Callable[[Anything], object]] = {
    name.replace("_", " "): function
    for of in (Everything, Anything)
    for name, function in vars(of).items()
    if callable(function) and not name.startswith("__") and name not in ("import_users", "write")
}


@dataclass(frozen=True)
class Declared:
    """An app with one of the kinds, synthesized with and without the library's acknowledgements."""

    app: cdk.App
    unacknowledged: cdk.App
    users: tuple[str, ...]
    """The paths of what is the user's in it."""

    @property
    def acknowledged(self) -> dict[tuple[str, str], str]:
        """The reasons, by the path of the construct and the id of the finding."""
        return {
            (construct.node.path, id_.partition("::")[2]): reason
            for construct in self.app.node.find_all()
            for entry in construct.node.metadata
            if entry.type == "aws:cdk:acknowledged-rules" and not self._is_users(construct.node.path)
            for id_, reason in entry.data.items()
        }

    def findings(self, pack: Any, *, acknowledged: bool = True) -> dict[str, set[str]]:
        """The paths of what breaks a rule, by the id of the finding, less what is the user's."""
        app = self.app if acknowledged else self.unacknowledged
        found = defaultdict(set)
        for violation in pack(app).validate_scope(app).violations:
            for resource in violation.violating_resources:
                if not self._is_users(resource.construct_path):
                    found[violation.rule_name].add(resource.construct_path)
        return dict(found)

    def _is_users(self, path: str) -> bool:
        return f"{path}/".startswith(self.users)


@pytest.fixture(scope="session", params=ANYTHING)
def declared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """Declares each kind of job, and each thing that a job can be declared with, one by one."""

    def synthesize() -> cdk.App:
        app = cdk.App()
        stack = cdk.Stack(app, "Shop")
        anything = Anything(stack, tmp_path_factory.mktemp("data"))
        ANYTHING[request.param](anything)
        app.synth()
        return app

    app = synthesize()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cdk.Validations, "acknowledge", lambda *_: None)
        unacknowledged = synthesize()
    users = ("Key", "Logs", "Data", "Encrypted", "Theirs", "Queue")
    return Declared(app, unacknowledged, tuple(f"Shop/{name}/" for name in users))
