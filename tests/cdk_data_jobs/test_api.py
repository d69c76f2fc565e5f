"""The names that users import."""

import cdk_data_jobs
from cdk_data_jobs import athena, glue, personalize, pinpoint, redshift, stepfunctions


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
    assert athena.__all__ == ["Query"]
    assert glue.__all__ == ["ExecutionClass", "JobRun", "WorkerType"]
    assert redshift.__all__ == ["Cluster", "ResultFormat", "Statement", "Workgroup"]
    assert stepfunctions.__all__ == ["Execution"]


def test_every_public_name_is_documented() -> None:
    for module in (cdk_data_jobs, personalize, pinpoint, athena, glue, redshift, stepfunctions):
        for name in module.__all__:
            assert getattr(module, name).__doc__
