"""The names that users import."""

import cdk_data_jobs
from cdk_data_jobs import personalize


def test_the_public_names_are_pinned() -> None:
    assert cdk_data_jobs.__all__ == ["DataBucket", "DataJobRunner", "DataSource", "OnFailure", "personalize"]
    assert personalize.__all__ == ["Dataset", "DatasetImportJob", "ImportMode"]


def test_every_public_name_is_documented() -> None:
    for module in (cdk_data_jobs, personalize):
        for name in module.__all__:
            assert getattr(module, name).__doc__
