"""Jobs of ready-made definitions, deployed to what MiniStack has of their services."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from apps.ready_made_jobs import ReadyMadeJobs
from deployed.waiting import until

if TYPE_CHECKING:
    from deployed.stack import DeployedStack


def test_a_build_a_crawl_and_an_import_run(stack: DeployedStack) -> None:
    stack.app = ReadyMadeJobs
    stack.deploy()

    assert (stack.output("BuildStatus"), stack.output("CrawlStatus")) == ("SUCCEEDED", "SUCCEEDED")
    (build,) = stack.client("codebuild").list_builds_for_project(projectName=stack.name)["ids"]
    assert stack.output("BuildId") == build
    assert stack.client("glue").get_crawler(Name=stack.name)["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"

    bucket = stack.physical_id("AWS::S3::Bucket")
    stack.client("s3").put_object(Bucket=bucket, Key="in/readers.csv", Body=b"id,name\n1,Ada\n2,Grace\n")
    stack.deploy(table=f"{stack.name}-imported")

    assert stack.output("Imported") == "2"
    assert stack.client("dynamodb").scan(TableName=f"{stack.name}-imported")["Count"] == 2


def test_a_task_that_is_stopped_fails_the_deployment_with_its_reason(stack: DeployedStack) -> None:
    stack.app = ReadyMadeJobs
    ecs = stack.client("ecs")
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(stack.deploy, fails=True, task=True)
        until(lambda: stack.name in "".join(ecs.list_clusters()["clusterArns"]))
        until(lambda: ecs.list_tasks(cluster=stack.name)["taskArns"])
        (task,) = ecs.list_tasks(cluster=stack.name)["taskArns"]
        # Without Docker, MiniStack lets its containers end with 0, as a container does that obeys SIGTERM.
        ecs.stop_task(cluster=stack.name, task=task, reason="the disk is full")
        deploying.result()

    assert "the disk is full" in stack.status_reasons
    assert stack.status == "ROLLBACK_COMPLETE"
