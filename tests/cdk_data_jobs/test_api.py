"""The names that users import."""

import cdk_data_jobs
from cdk_data_jobs import personalize, pinpoint


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


def test_every_public_name_is_documented() -> None:
    for module in (cdk_data_jobs, personalize, pinpoint):
        for name in module.__all__:
            assert getattr(module, name).__doc__
