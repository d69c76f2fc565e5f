"""AWS CDK constructs that run data jobs as part of a deployment.

Declare a job, such as an Amazon Personalize dataset import, and `cdk deploy` gives the service the access that the
job needs, runs the job, waits for it, and succeeds or rolls back with the job's own words.
"""

from cdk_data_jobs import personalize
from cdk_data_jobs.data_job import OnFailure
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataBucket, DataSource

__all__ = ["DataBucket", "DataJobRunner", "DataSource", "OnFailure", "personalize"]
