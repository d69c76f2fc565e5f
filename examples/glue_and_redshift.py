"""Runs a Glue job, then loads its files into Redshift: cdk deploy --app "python examples/glue_and_redshift.py".

`-c job=...` names a Glue job whose role may write into the bucket, `-c workgroup=...` a workgroup of Amazon Redshift
Serverless whose default role may read it, and `-c secret=...` the secret of a user; `-c release=...` does all again.
"""

from __future__ import annotations

from aws_cdk import App, CfnOutput, Stack, aws_glue, aws_secretsmanager
from constructs import Construct

from cdk_data_jobs import DataBucket
from cdk_data_jobs.glue import JobRun
from cdk_data_jobs.redshift import Statement, Workgroup


class Loading(Stack):
    """A bookshop's orders, which a Glue job cleans, as a table of Redshift."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the run, and the SQL statements that load what it has written."""
        super().__init__(scope, construct_id)
        bucket = DataBucket(self, "Bucket", server_access_logs_bucket=DataBucket(self, "Logs"))
        location = bucket.s3_url_for_object("orders/")
        clean = JobRun(
            self,
            "Clean",
            job=aws_glue.CfnJob.from_job_name(self, "Job", self.named("job", "clean-orders")),
            arguments={"--to": location},
            trigger=self.node.try_get_context("release"),
        )
        load = Statement(
            self,
            "Load",
            workgroup=Workgroup.from_workgroup_name(self, "Workgroup", self.named("workgroup", "analysts")),
            secret=aws_secretsmanager.Secret.from_secret_name_v2(self, "User", self.named("secret", "redshift/loader")),
            database="dev",
            sqls=["DELETE FROM orders", f"COPY orders FROM '{location}' IAM_ROLE default FORMAT CSV"],
            trigger=clean.job_run_id,  # after the run, and again after each further one
        )
        CfnOutput(self, "Log", value=clean.log_group_name)
        CfnOutput(self, "Loaded", value=load.statement_id)

    def named(self, kind: str, default: str) -> str:
        """Returns the name that the context has, or the default one."""
        return str(self.node.try_get_context(kind) or default)


def main(app: App) -> None:
    """Synthesizes the app."""
    Loading(app, "Loading")
    app.synth()


if __name__ == "__main__":
    main(App())
