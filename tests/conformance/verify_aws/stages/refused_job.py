"""Stage b: the function alone, and a deployment whose job is refused."""

from __future__ import annotations

import json
import re
from functools import cached_property, partial
from typing import Any

from verify_aws.apps.refused_job import refused_job
from verify_aws.apps.resources import IMPORT
from verify_aws.deployed import DeployedStack
from verify_aws.stage import Stage, step


class RefusedJob(Stage):
    """Deploys a stack whose import is refused, and one whose import does not run."""

    key = "b"
    makes = "2 stacks with a function, a state machine, roles and a bucket, one of which is rolled back; no job"
    minutes = 30
    jobs = 1  # none, unless AWS accepts what should be refused
    dollars = 0.01

    @cached_property
    def function(self) -> DeployedStack:
        """A stack with the function, and an import that does not run when it is deployed."""
        deployed = self.target.deploy(partial(refused_job, deployed=False), "alone")
        assert deployed.status == 0, deployed.printed
        return DeployedStack(self.target, "alone")

    @step
    def refused(self) -> None:
        """A deployment whose job is refused."""
        deployed = self.target.deploy(refused_job, "refused", jobs=1)
        stack = DeployedStack(self.target, "refused")

        def reasons() -> list[str]:
            return [
                event["ResourceStatusReason"]
                for event in stack.events(IMPORT)
                if event["ResourceStatus"] == "CREATE_FAILED"
            ]

        def ending() -> dict[str, Any]:
            return {"cli": deployed.status, "stack": stack.status, "failed": stack.failed()}

        self.observe(
            "the end of a deployment whose job is refused",
            ending,
            facts=("CFN-44",),
            expected={"cli": 1, "stack": "ROLLBACK_COMPLETE", "failed": [IMPORT]},
        )
        self.observe(
            "the reason of a resource whose job is refused",
            lambda: {"reasons": reasons()},
            facts=("CFN-3",),
            expected={"reasons": [re.compile(r".*ResourceNotFoundException.*\(RequestId: <uuid>\).*", re.DOTALL)]},
        )

    @step
    def runtime(self) -> None:
        """The function's runtime and SDK."""
        functions, client = self.function.resources("AWS::Lambda::Function"), self.target.client("lambda")
        [runner] = [one for one in functions if one["LogicalResourceId"].startswith("DataJobRunner")]
        self.observe(
            "the runner's configuration",
            lambda: {
                key: value
                for key, value in client.get_function_configuration(FunctionName=runner["PhysicalResourceId"]).items()
                if key in ("Runtime", "Architectures", "PackageType", "State")
            },
            facts=("LAM-9",),
            expected={"Runtime": "python3.14", "Architectures": ["arm64"], "State": "Active"},
        )
        called = client.invoke(FunctionName=self.function.outputs["ProbeName"])
        reported = json.loads(called["Payload"].read())
        self.observe(
            "the SDK of the runtime",
            lambda: {name: reported[name] for name in ("boto3", "botocore", "s3transfer")},
            facts=("LAM-11",),
            expected={"boto3": "1.40.4", "botocore": "1.40.4", "s3transfer": "0.13.1"},
        )
        self.observe(
            "the Python of the runtime",
            lambda: {"python": reported["python"]},
            facts=("LAM-9",),
            expected={"python": "3.14"},
        )

    @step
    def deletion(self) -> None:
        """The deletion of a stack whose job never ran."""
        runner = self.function.physical_id("AWS::Logs::LogGroup")
        destroyed = self.target.destroy(partial(refused_job, deployed=False), "alone")
        logs = self.target.client("logs")
        self.observe(
            "what is left of a stack that is destroyed",
            lambda: {
                "cli": destroyed.status,
                "stack": self.function.status,
                "failed": self.function.failed("DELETE"),
                "log groups": [
                    one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix=runner)["logGroups"]
                ],
            },
            facts=("LAM-10",),
            expected={"cli": 0, "stack": "DELETE_COMPLETE", "failed": [], "log groups": []},
        )
