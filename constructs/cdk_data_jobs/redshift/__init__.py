"""SQL statements on clusters of Amazon Redshift and workgroups of Amazon Redshift Serverless."""

from cdk_data_jobs.redshift.clusters import Cluster
from cdk_data_jobs.redshift.statements import ExecutionMode, ResultFormat, Statement
from cdk_data_jobs.redshift.workgroups import Workgroup

__all__ = ["Cluster", "ExecutionMode", "ResultFormat", "Statement", "Workgroup"]
