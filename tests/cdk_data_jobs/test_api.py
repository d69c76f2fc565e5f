"""The names that users import."""

import subprocess
import sys

import cdk_data_jobs
from cdk_data_jobs import athena, bedrock, dynamodb, glue, personalize, pinpoint, redshift, sesv2, stepfunctions

SERVICES = (athena, bedrock, dynamodb, glue, personalize, pinpoint, redshift, sesv2, stepfunctions)


def test_the_public_names_are_pinned() -> None:
    assert cdk_data_jobs.__all__ == [
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
    assert personalize.__all__ == [
        "BatchInferenceJob",
        "BatchInferenceJobConfig",
        "BatchInferenceJobMode",
        "BatchSegmentJob",
        "DataDeletionJob",
        "Dataset",
        "DatasetExportJob",
        "DatasetGroup",
        "DatasetImportJob",
        "DatasetType",
        "Domain",
        "Field",
        "Filter",
        "ImportMode",
        "IngestionMode",
        "RankingInfluence",
        "Schema",
        "SchemaDefinition",
        "Solution",
        "SolutionVersion",
        "ThemeGenerationConfig",
        "TrainingMode",
    ]
    assert pinpoint.__all__ == ["App", "ExportJob", "Format", "ImportJob"]
    assert sesv2.__all__ == ["ContactImportJob", "ContactList", "ContactListImportAction", "DataFormat"]
    assert bedrock.__all__ == ["IngestionJob", "KnowledgeBaseDataSource"]
    assert dynamodb.__all__ == [
        "ExportFormat",
        "ExportViewType",
        "FilterSpecification",
        "IncrementalExportSpecification",
        "S3SseAlgorithm",
        "TableExportJob",
    ]
    assert athena.__all__ == ["EncryptionOption", "Query", "S3AclOption"]
    assert glue.__all__ == ["ExecutionClass", "JobRun", "WorkerType"]
    assert redshift.__all__ == ["Cluster", "ExecutionMode", "ResultFormat", "Statement", "Workgroup"]
    assert stepfunctions.__all__ == ["Execution"]


def test_every_public_name_is_documented() -> None:
    for module in (cdk_data_jobs, *SERVICES):
        for name in module.__all__:
            assert getattr(module, name).__doc__


def test_the_jobs_of_further_services_are_loaded_only_where_they_are_used() -> None:
    code = (
        "import sys, cdk_data_jobs\n"
        "print('cdk_data_jobs.dynamodb' in sys.modules)\n"
        "from cdk_data_jobs import dynamodb\n"
        "print('cdk_data_jobs.dynamodb' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert done.stdout.split() == ["False", "True"]
