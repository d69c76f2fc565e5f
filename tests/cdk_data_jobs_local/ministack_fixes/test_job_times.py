"""The clock of jobs of services that MiniStack emulates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk_data_jobs_local import OfflineAws


def build(client: Any) -> Any:
    client.create_project(
        name="times",
        source={"type": "NO_SOURCE", "buildspec": "{}"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "standard", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole="arn:aws:iam::111122223333:role/times",
    )
    return client.start_build(projectName="times")["build"]["startTime"]


def task(client: Any) -> Any:
    client.create_cluster(clusterName="times")
    client.register_task_definition(family="times", containerDefinitions=[{"name": "main", "image": "x", "memory": 4}])
    return client.run_task(cluster="times", taskDefinition="times")["tasks"][0]["createdAt"]


def query(client: Any) -> Any:
    result = {"OutputLocation": "s3://times/"}
    query = client.start_query_execution(QueryString="SELECT 1", ResultConfiguration=result)["QueryExecutionId"]
    return client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["SubmissionDateTime"]


def ingestion(client: Any) -> Any:
    knowledge_base = client.create_knowledge_base(
        name="times", roleArn="arn:aws:iam::111122223333:role/times", knowledgeBaseConfiguration={"type": "VECTOR"}
    )["knowledgeBase"]["knowledgeBaseId"]
    source = client.create_data_source(
        knowledgeBaseId=knowledge_base,
        name="times",
        dataSourceConfiguration={"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::times"}},
    )["dataSource"]["dataSourceId"]
    started = client.start_ingestion_job(knowledgeBaseId=knowledge_base, dataSourceId=source)
    return started["ingestionJob"]["startedAt"]


def glue_run(client: Any) -> Any:
    client.create_job(Name="times", Role="times", Command={"Name": "pythonshell", "ScriptLocation": "s3://times/a.py"})
    run = client.start_job_run(JobName="times")["JobRunId"]
    return client.get_job_run(JobName="times", RunId=run)["JobRun"]["StartedOn"]


def export(client: Any) -> Any:
    table = client.create_table(
        TableName="times",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    client.update_continuous_backups(
        TableName="times", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    exported = client.export_table_to_point_in_time(TableArn=table, S3Bucket="times")
    return exported["ExportDescription"]["StartTime"]


@pytest.mark.parametrize(
    ("service", "create"),
    [
        ("athena", query),
        ("bedrock-agent", ingestion),
        ("codebuild", build),
        ("dynamodb", export),
        ("ecs", task),
        ("glue", glue_run),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_job_was_created_when_it_was_asked_for(aws: OfflineAws, service: str, create: Callable[[Any], Any]) -> None:
    before = aws.now()
    created = create(aws.client(service)).timestamp()

    assert before - 1 <= created <= aws.now()
