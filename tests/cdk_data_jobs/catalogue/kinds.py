"""Entries: a job of each kind, with each argument that is the kind's own."""

from typing import Any

from catalogue import jobs
from catalogue.shop import Shop

from cdk_data_jobs import AwsJob, DataDestination, DataJobRunner, DataSource, personalize, pinpoint


def dataset_import_job(shop: Shop, id: str = "Job", **options: Any) -> personalize.DatasetImportJob:
    return jobs.import_users(
        shop,
        id,
        import_mode=personalize.ImportMode.INCREMENTAL,
        publish_attribution_metrics_to_s3=True,
        **options,
    )


def dataset_export_job(shop: Shop, id: str = "Job", **options: Any) -> personalize.DatasetExportJob:
    destination, mode = _encrypted_output(shop), personalize.IngestionMode.ALL
    return jobs.export_users(shop, id, destination=destination, ingestion_mode=mode, **options)


def data_deletion_job(shop: Shop, id: str = "Job", **options: Any) -> personalize.DataDeletionJob:
    return jobs.delete_users(shop, id, **options)


def batch_inference_job(shop: Shop, id: str = "Job", **options: Any) -> personalize.BatchInferenceJob:
    if "runner" not in options:
        # The SDK of the Lambda runtime does not know `rankingInfluence`.
        DataJobRunner(shop.stack, "DataJobRunner", layers=[shop.layer])
    return jobs.recommend(
        shop,
        id,
        source=_encrypted_input(shop),
        destination=_encrypted_output(shop),
        filter=shop.filter,
        num_results=10,
        batch_inference_job_config=personalize.BatchInferenceJobConfig(
            item_exploration_config={"explorationWeight": "0.3"},
            ranking_influence={personalize.RankingInfluence.POPULARITY: 0.5},
        ),
        batch_inference_job_mode=personalize.BatchInferenceJobMode.THEME_GENERATION,
        theme_generation_config=personalize.ThemeGenerationConfig(item_name="TITLE"),
        **options,
    )


def batch_segment_job(shop: Shop, id: str = "Job", **options: Any) -> personalize.BatchSegmentJob:
    source, destination = _encrypted_input(shop), _encrypted_output(shop)
    return jobs.segment(shop, id, source=source, destination=destination, filter=shop.filter, num_results=10, **options)


def solution_version(shop: Shop, id: str = "Job", **options: Any) -> personalize.SolutionVersion:
    return jobs.train(shop, id, training_mode=personalize.TrainingMode.UPDATE, **options)


def pinpoint_import_job(shop: Shop, id: str = "Job", **options: Any) -> pinpoint.ImportJob:
    arguments: dict[str, Any] = {
        "define_segment": True,
        "register_endpoints": True,
        "external_id": "111122223333",
        "max_failures": 3,
    }
    jobs.import_endpoints(shop, "Update", **arguments, segment_id="segment")
    return jobs.import_endpoints(shop, id, **arguments, segment_name="readers", **options)


def pinpoint_export_job(shop: Shop, id: str = "Job", **options: Any) -> pinpoint.ExportJob:
    return jobs.export_endpoints(shop, id, segment_id="segment", segment_version=2, max_failures=3, **options)


def aws_job(shop: Shop, id: str = "Job", **options: Any) -> AwsJob:
    return jobs.invoke_model(shop, id, **options)


def _encrypted_input(shop: Shop) -> DataSource:
    return DataSource.from_bucket(shop.encrypted, "in/users.json")


def _encrypted_output(shop: Shop) -> DataDestination:
    return DataDestination.from_bucket(shop.bucket, "out/", shop.key)
