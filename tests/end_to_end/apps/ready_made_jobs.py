"""An app with jobs of ready-made definitions that MiniStack runs as far as it can without Docker."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack, aws_codebuild, aws_ecs, aws_glue, aws_iam

from cdk_data_jobs import AwsJob, DataBucket
from cdk_data_jobs.definitions import CODEBUILD_BUILD, DYNAMODB_IMPORT, ECS_TASK, GLUE_CRAWLER


class ReadyMadeJobs(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        self._data = DataBucket(self, "Data", removal_policy=RemovalPolicy.DESTROY)
        self._role = aws_iam.Role(self, "Role", assumed_by=aws_iam.AccountRootPrincipal())
        self._build()
        self._crawl()
        if options.get("table"):
            self._import_table(options["table"])
        if options.get("task"):
            self._run_task()

    def _build(self) -> None:
        project = aws_codebuild.CfnProject(
            self,
            "Project",
            name=self.stack_name,
            service_role=self._role.role_arn,
            artifacts=aws_codebuild.CfnProject.ArtifactsProperty(type="NO_ARTIFACTS"),
            environment=aws_codebuild.CfnProject.EnvironmentProperty(
                compute_type="BUILD_GENERAL1_SMALL", image="aws/codebuild/standard:7.0", type="LINUX_CONTAINER"
            ),
            source=aws_codebuild.CfnProject.SourceProperty(
                type="NO_SOURCE", build_spec='{"version": 0.2, "phases": {"build": {"commands": ["true"]}}}'
            ),
        )
        build = AwsJob(self, "Build", definition=CODEBUILD_BUILD, parameters={"projectName": project.ref})
        CfnOutput(self, "BuildStatus", value=build.get_attribute("status"))
        CfnOutput(self, "BuildId", value=build.job_id)

    def _crawl(self) -> None:
        crawler = aws_glue.CfnCrawler(
            self,
            "Crawler",
            name=self.stack_name,
            role=self._role.role_arn,
            database_name="default",
            targets=aws_glue.CfnCrawler.TargetsProperty(
                s3_targets=[aws_glue.CfnCrawler.S3TargetProperty(path=self._data.s3_url_for_object("in/"))]
            ),
        )
        crawl = AwsJob(self, "Crawl", definition=GLUE_CRAWLER, parameters={"Name": crawler.ref})
        CfnOutput(self, "CrawlStatus", value=crawl.get_attribute("status"))

    def _import_table(self, name: str) -> None:
        key = [{"AttributeName": "id", "KeyType": "HASH"}]
        imported = AwsJob(
            self,
            "Import",
            definition=DYNAMODB_IMPORT,
            parameters={
                "InputFormat": "CSV",
                "S3BucketSource": {"S3Bucket": self._data.bucket_name, "S3KeyPrefix": "in/"},
                "TableCreationParameters": {
                    "TableName": name,
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": key,
                    "BillingMode": "PAY_PER_REQUEST",
                },
            },
            policy_statements=[
                aws_iam.PolicyStatement(actions=["s3:GetObject"], resources=[self._data.arn_for_objects("in/*")]),
                aws_iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self._data.bucket_arn]),
            ],
        )
        CfnOutput(self, "Imported", value=imported.get_attribute("importedItemCount"))

    def _run_task(self) -> None:
        cluster = aws_ecs.CfnCluster(self, "Cluster", cluster_name=self.stack_name)
        definition = aws_ecs.CfnTaskDefinition(
            self,
            "Task",
            family=self.stack_name,
            container_definitions=[
                aws_ecs.CfnTaskDefinition.ContainerDefinitionProperty(
                    name="main", image="public.ecr.aws/docker/library/busybox:1", memory=64
                )
            ],
        )
        AwsJob(
            self,
            "RunTask",
            definition=ECS_TASK,
            parameters={"cluster": cluster.ref, "taskDefinition": definition.ref},
        )
