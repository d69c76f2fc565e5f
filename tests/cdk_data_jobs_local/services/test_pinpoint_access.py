"""Amazon Pinpoint in a running MiniStack: its role, IAM's view of its calls, and its CloudFormation resource."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_data_jobs_local import OfflineAws, OfflineAwsError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Project:
    """An application, a bucket with endpoint definitions, and a role as the service's guide shows it."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.name = aws, f"project-{uuid.uuid4().hex[:8]}"
        self.pinpoint, self.s3 = aws.client("pinpoint"), aws.client("s3")
        made = self.pinpoint.create_app(CreateApplicationRequest={"Name": self.name})["ApplicationResponse"]
        self.app, self.arn = made["Id"], made["Arn"]
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": aws.region})
        self.s3.put_object(Bucket=self.name, Key="in/a.csv", Body=b"ChannelType,Address\nEMAIL,ann@example.com\n")
        role = aws.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=self.trust())
        self.role = role["Role"]["Arn"]
        self.allow("s3:GetObject", "s3:ListBucket", "s3:PutObject")

    def trust(self, *, arn: str | None = None, account: str | None = None) -> str:
        condition = {
            "StringEquals": {"aws:SourceAccount": account or self.aws.account},
            "ArnLike": {"aws:SourceArn": arn or self.arn},
        }
        principal = {"Service": "pinpoint.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def allow(self, *actions: str) -> None:
        resources = [f"arn:aws:s3:::{self.name}", f"arn:aws:s3:::{self.name}/*"]
        statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.aws.client("iam").put_role_policy(RoleName=self.name, PolicyName="data", PolicyDocument=document)

    def start_import(self) -> str:
        request = {"Format": "CSV", "RoleArn": self.role, "S3Url": f"s3://{self.name}/in/", "RegisterEndpoints": True}
        made = self.pinpoint.create_import_job(ApplicationId=self.app, ImportJobRequest=request)
        job_id: str = made["ImportJobResponse"]["Id"]
        return job_id

    def start_export(self) -> str:
        request = {"RoleArn": self.role, "S3UrlPrefix": f"s3://{self.name}/out/"}
        made = self.pinpoint.create_export_job(ApplicationId=self.app, ExportJobRequest=request)
        job_id: str = made["ExportJobResponse"]["Id"]
        return job_id

    def finish(self, job_id: str, kind: str = "ImportJob") -> dict[str, Any]:
        job: dict[str, Any] = {"JobStatus": ""}
        while job["JobStatus"] not in ("COMPLETED", "FAILED"):
            time.sleep(0.02)
            job = next(one for one in self.aws.pinpoint.jobs(kind) if one["Id"] == job_id)
        return job


@pytest.fixture
def project(aws: OfflineAws) -> Project:
    aws.pinpoint.durations(pending=1, in_progress=1)
    return Project(aws)


def test_what_was_imported_is_exported(project: Project) -> None:
    imported = project.finish(project.start_import())
    exported = project.finish(project.start_export(), "ExportJob")
    body = project.s3.get_object(Bucket=project.name, Key=f"out/{exported['Id']}.json.gz")["Body"].read()

    assert (imported["TotalProcessed"], exported["TotalProcessed"]) == (1, 1)
    assert [json.loads(line) for line in gzip.decompress(body).splitlines()] == project.aws.pinpoint.endpoints(
        project.app
    )


@pytest.mark.parametrize("foreign", [{"arn": "arn:aws:mobiletargeting:*:*:apps/other"}, {"account": "999999999999"}])
def test_a_role_that_does_not_trust_the_service_for_the_application_is_refused(
    project: Project, foreign: dict[str, str]
) -> None:
    document = project.trust(**foreign)
    project.aws.client("iam").update_assume_role_policy(RoleName=project.name, PolicyDocument=document)

    with pytest.raises(project.pinpoint.exceptions.BadRequestException, match="cannot be assumed: its trust policy"):
        project.start_import()


@pytest.mark.parametrize("missing", ["s3:GetObject", "s3:ListBucket", "s3:PutObject"])
def test_the_role_needs_each_action_and_the_bucket_no_policy(project: Project, missing: str) -> None:
    project.allow(*{"s3:GetObject", "s3:ListBucket", "s3:PutObject"} - {missing})
    writes = missing == "s3:PutObject"
    job = project.finish(project.start_export(), "ExportJob") if writes else project.finish(project.start_import())

    assert job["JobStatus"] == "FAILED"
    assert f"role {project.name} may not {missing} on" in job["Failures"][0]


def test_faults_and_unknown_names_are_those_of_the_service(project: Project) -> None:
    project.aws.pinpoint.fault(operation="GetApp", error="TooManyRequestsException", message="as injected")
    with pytest.raises(project.pinpoint.exceptions.TooManyRequestsException, match="as injected") as error:
        project.pinpoint.get_app(ApplicationId=project.app)

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert project.aws.pinpoint.calls()["GetApp"] >= 1
    with pytest.raises(OfflineAwsError, match="application none"):
        project.aws.pinpoint.segments("none")


def test_tags_are_changed_by_an_arn_in_the_path(project: Project) -> None:
    project.pinpoint.tag_resource(ResourceArn=project.arn, TagsModel={"tags": {"a": "1", "b": "2"}})
    project.pinpoint.untag_resource(ResourceArn=project.arn, TagKeys=["a"])

    assert project.pinpoint.list_tags_for_resource(ResourceArn=project.arn)["TagsModel"] == {"tags": {"b": "2"}}


@pytest.fixture(scope="module")
def guarded() -> Iterator[OfflineAws]:
    """An offline AWS that enforces IAM."""
    with OfflineAws(enforce_iam=True) as aws:
        yield aws


@pytest.fixture
def person(guarded: OfflineAws) -> Any:
    """Somebody who may do nothing yet; called with statements, it returns clients that may do that."""
    iam, name = guarded.client("iam"), f"person-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def client(service: str, action: str, resource: str) -> Any:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement, passing]})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        return boto3.client(
            service,
            endpoint_url=guarded.endpoint_url,
            region_name=guarded.region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            verify=str(guarded.server.certificate),
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


DATASET = "arn:aws:personalize:eu-west-1:111122223333:dataset/none/ITEMS"
DELETION = "arn:aws:personalize:eu-west-1:111122223333:data-deletion-job/mine"
EXPORT = {
    "jobName": "mine",
    "datasetArn": DATASET,
    "jobOutput": {"s3DataDestination": {"path": "s3://b/"}},
    "roleArn": "arn:aws:iam::111122223333:role/r",
}
POINTED = {"ApplicationId": "one", "ExportJobRequest": {"RoleArn": "r", "S3UrlPrefix": "s3://b/"}}


@pytest.mark.parametrize(
    ("action", "parameters", "resource"),
    [
        ("mobiletargeting:GetImportJobs", {"ApplicationId": "one"}, "apps/one"),
        ("mobiletargeting:GetImportJob", {"ApplicationId": "one", "JobId": "two"}, "apps/one/jobs/import/two"),
        ("mobiletargeting:CreateExportJob", POINTED, "apps/one"),
        ("mobiletargeting:GetSegment", {"ApplicationId": "one", "SegmentId": "s"}, "apps/one/segments/s"),
        ("personalize:CreateDatasetExportJob", EXPORT, "dataset-export-job/mine"),
        ("personalize:DescribeDataDeletionJob", {"dataDeletionJobArn": DELETION}, "data-deletion-job/mine"),
    ],
)
def test_a_call_needs_its_action_on_its_resource(
    guarded: OfflineAws, person: Any, action: str, parameters: dict[str, Any], resource: str
) -> None:
    scope, _, operation = action.partition(":")
    service = "pinpoint" if scope == "mobiletargeting" else scope
    arn = f"arn:aws:{scope}:{guarded.region}:{guarded.account}:{resource}"
    method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]
    codes = []
    for allowed, on in ((action, arn), (f"{scope}:Delete*", arn), (action, f"{arn}x")):
        with pytest.raises(ClientError) as refused:
            getattr(person(service, allowed, on), method)(**parameters)
        codes.append(refused.value.response["Error"]["Code"])

    # What is not there is found out only by those who may ask.
    assert codes[0].endswith("NotFoundException")
    assert codes[1:] == ["AccessDeniedException"] * 2
