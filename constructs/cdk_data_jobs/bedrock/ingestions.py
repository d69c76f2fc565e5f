"""Ingestions of documents into knowledge bases."""

from aws_cdk import Duration, aws_iam
from aws_cdk.interfaces.aws_bedrock import IDataSourceRef
from constructs import Construct

from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.validation import validate_reference
from cdk_data_jobs.bedrock._documents import allow_reading_documents
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.definitions import BEDROCK_INGESTION
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.runner import DataJobRunner


class IngestionJob(StatusAttributes, DataJob):
    """Reads the documents of a data source into its knowledge base, as part of a deployment.

    Runs when it is deployed, and again when the data source is replaced or `trigger` changes; it does not see that
    documents, or the bucket and prefixes of the data source, have changed. One job runs at a time for a data source and
    for a knowledge base, so that others wait for their turn. A rollback or a deletion does not touch what was read.
    """

    ingestion_job_id = Attribute()
    """The job's id."""

    number_of_documents_scanned = Attribute("scanned")
    """The number of documents that were looked at."""

    number_of_new_documents_indexed = Attribute("new")
    """The number of documents that were added."""

    number_of_modified_documents_indexed = Attribute("modified")
    """The number of documents that had changed."""

    number_of_documents_deleted = Attribute("deleted")
    """The number of documents that were removed, because the data source has them no more."""

    number_of_documents_failed = Attribute("failed")
    """The number of documents that could not be read."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        data_source: IDataSourceRef,
        description: str | None = None,
        max_failures: int = 0,
        knowledge_base_role: aws_iam.IRole | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares an ingestion (Amazon Bedrock API Reference, StartIngestionJob).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            data_source: The data source: a `CfnDataSource`, or `KnowledgeBaseDataSource.from_data_source_id(...)`.
            description: The job's description. By default it has none.
            max_failures: How many documents may fail in a job that the service calls complete. By default none; the
                reason of a failure names documents as far as the service does.
            knowledge_base_role: The role of the knowledge base. It gets what it needs to read the bucket of a
                `CfnDataSource`: the objects with its prefixes, and their key. By default nothing is granted.
            wait_for_completion: Whether the deployment waits until the job has ended. Otherwise it continues as soon as
                the service has accepted the job.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the job fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        super().__init__(
            scope,
            id,
            resource_type="Custom::AwsBedrockIngestionJob",
            definition=BEDROCK_INGESTION,
            role=None,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
            max_failures=max_failures,
        )
        validate_reference(
            data_source,
            "data_source_ref",
            "data_source",
            "an IDataSourceRef, such as a CfnDataSource",
            "KnowledgeBaseDataSource.from_data_source_id(...)",
        )
        validate_environment(self, data_source, "data_source")
        if knowledge_base_role:
            validate_reference(
                knowledge_base_role,
                "role_arn",
                "knowledge_base_role",
                "an aws_iam.IRole",
                "aws_iam.Role.from_role_arn(...)",
            )
            self._dependencies += allow_reading_documents(self, data_source, knowledge_base_role)
        reference = data_source.data_source_ref
        self._create_resources(
            {
                "knowledgeBaseId": reference.knowledge_base_id,
                "dataSourceId": reference.data_source_id,
                "description": description,
            }
        )
