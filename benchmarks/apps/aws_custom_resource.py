"""The imports with AwsCustomResource, which creates the jobs and does not wait for them."""

from __future__ import annotations

from aws_cdk import aws_iam, custom_resources
from imports import Options, calls, data_bucket, parameters, service_role, stack_of

wanted = Options.from_environment()
app, stack = stack_of(wanted)
bucket = data_bucket(stack, wanted)
if wanted.jobs:
    role = service_role(stack, bucket, wanted)
    statements: list[aws_iam.PolicyStatement] = calls(stack, role, "personalize:CreateDatasetImportJob")
    for number in range(wanted.jobs):
        job = custom_resources.AwsCustomResource(
            stack,
            f"Import{number}",
            on_create=custom_resources.AwsSdkCall(
                service="Personalize",
                action="createDatasetImportJob",
                parameters={"jobName": f"import-{number}", **parameters(bucket, role, wanted, number)},
                physical_resource_id=custom_resources.PhysicalResourceId.from_response("datasetImportJobArn"),
            ),
            policy=custom_resources.AwsCustomResourcePolicy.from_statements(statements),
            install_latest_aws_sdk=False,
        )
        job.node.add_dependency(role, bucket.policy or bucket)
app.synth()
