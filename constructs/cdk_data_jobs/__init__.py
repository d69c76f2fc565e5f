"""AWS CDK constructs that run data jobs as part of a deployment.

Declare a job, such as an Amazon Personalize dataset import, and `cdk deploy` gives the service the access that the
job needs, runs the job, waits for it, and succeeds or rolls back with the reason that the service gives.
"""

from cdk_data_jobs import personalize, pinpoint
from cdk_data_jobs.all_jobs import DataJobs
from cdk_data_jobs.aws_job import AwsJob
from cdk_data_jobs.buckets import DataBucket
from cdk_data_jobs.dashboard import DataJobDashboard
from cdk_data_jobs.data_job import DataJob
from cdk_data_jobs.definitions import (
    CreateCall,
    DescribeCall,
    FindCall,
    JobDefinition,
    JobNaming,
    NextPage,
    TagCalls,
)
from cdk_data_jobs.options import DataJobError, OnFailure, Overlap
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination, DataSource
from cdk_data_jobs.upload_job import UploadJob

__all__ = [
    "AwsJob",
    "CreateCall",
    "DataBucket",
    "DataDestination",
    "DataJob",
    "DataJobDashboard",
    "DataJobError",
    "DataJobRunner",
    "DataJobs",
    "DataSource",
    "DescribeCall",
    "FindCall",
    "JobDefinition",
    "JobNaming",
    "NextPage",
    "OnFailure",
    "Overlap",
    "TagCalls",
    "UploadJob",
    "personalize",
    "pinpoint",
]
