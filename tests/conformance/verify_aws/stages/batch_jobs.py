"""Stage f: a batch segment job, for which a solution version is trained first. It takes hours."""

from __future__ import annotations

import json
import re
from functools import cached_property, partial
from typing import Any

from verify_aws.apps.batch_jobs import segments
from verify_aws.apps.import_lifecycle import imported
from verify_aws.data import interactions
from verify_aws.deployed import DeployedStack
from verify_aws.stage import Stage, step

_RECIPE = "arn:aws:personalize:::recipe/aws-item-affinity"
_TRAINING_SECONDS = 5 * 3600
"""How long a training may take: published ones took up to 3 hours and 42 minutes."""


class BatchJobs(Stage):
    """Imports, trains a solution version, and deploys a batch segment job."""

    key = "f"
    makes = "a stack with a dataset and its import, a solution version that is trained, and a batch segment job"
    minutes = 480
    jobs = 3
    dollars = 5.0

    @property
    def personalize(self) -> Any:
        """A client."""
        return self.target.client("personalize")

    @cached_property
    def version(self) -> str:
        """The ARN of an active solution version."""
        file = self.target.folder / "interactions.csv"
        file.write_text(interactions())
        deployed = self.target.deploy(partial(imported, file=file), "trained", jobs=1)
        assert deployed.status == 0, deployed.printed
        dataset = DeployedStack(self.target, "trained").outputs["DatasetArn"]
        group = self.personalize.describe_dataset(datasetArn=dataset)["dataset"]["datasetGroupArn"]
        solution = self.personalize.create_solution(
            name=self.target.name, datasetGroupArn=group, recipeArn=_RECIPE, performAutoTraining=False
        )["solutionArn"]
        describe = self.personalize.describe_solution
        self.target.wait(
            lambda: describe(solutionArn=solution)["solution"]["status"] == "ACTIVE", seconds=1800, every=15
        )
        version = self.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        self.target.wait(
            lambda: self.described(version)["status"] in ("ACTIVE", "CREATE FAILED"),
            seconds=_TRAINING_SECONDS,
            every=60,
        )
        return str(version)

    def described(self, version: str) -> dict[str, Any]:
        """Describes a solution version."""
        return dict(self.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"])

    @step
    def training(self) -> None:
        """The training, without which there are no batch jobs."""
        described = self.described(self.version)
        took = described["lastUpdatedDateTime"] - described["creationDateTime"]
        self.observe(
            "a solution version",
            lambda: {"status": described["status"]},
            expected={"status": "ACTIVE"},
            job_seconds=round(took.total_seconds()),
            members=sorted(described),
        )

    @step
    def segment(self) -> None:
        """A batch segment job as a part of a deployment."""
        file = self.target.folder / "items.json"
        file.write_text(json.dumps({"itemId": "item-7"}) + "\n")
        make = partial(segments, file=file, version=self.version)
        deployed, stack = self.target.deploy(make, "segments", jobs=1), DeployedStack(self.target, "segments")
        bucket, s3 = stack.outputs["BucketName"], self.target.client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="segments/").get("Contents", [])]
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]
        lines = [sorted(json.loads(line)) for body in bodies for line in body.splitlines()]
        self.observe(
            "a batch segment job of a deployment",
            lambda: {
                "cli": deployed.status,
                "stack": stack.status,
                "status": stack.outputs["JobStatus"],
                "keys": keys,
                "lines": lines,
            },
            facts=("PER-76",),
            expected={
                "cli": 0,
                "stack": "CREATE_COMPLETE",
                "status": "ACTIVE",
                "keys": [re.compile(r"segments/.*items\.json\.out")],
                "lines": [["error", "input", "output"]],
            },
        )
