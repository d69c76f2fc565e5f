"""References to data sources that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_bedrock import DataSourceReference, IDataSourceRef
from constructs import Construct

from cdk_data_jobs._support.validation import validate_identifier


@jsii.implements(IDataSourceRef)
class KnowledgeBaseDataSource(Resource):
    """A data source of a knowledge base that exists outside the app."""

    @staticmethod
    def from_data_source_id(
        scope: Construct, id: str, *, knowledge_base_id: str, data_source_id: str
    ) -> "KnowledgeBaseDataSource":
        """Refers to an existing data source.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            knowledge_base_id: The id of its knowledge base, not the ARN.
            data_source_id: The data source's id.

        Raises:
            ValueError: If one is no id.
        """
        validate_identifier(knowledge_base_id, "knowledge_base_id")
        validate_identifier(data_source_id, "data_source_id")
        return KnowledgeBaseDataSource(scope, id, knowledge_base_id=knowledge_base_id, data_source_id=data_source_id)

    def __init__(self, scope: Construct, id: str, *, knowledge_base_id: str, data_source_id: str) -> None:
        """Use `from_data_source_id`."""
        super().__init__(scope, id)
        self._knowledge_base_id = knowledge_base_id
        self._data_source_id = data_source_id

    @property
    @jsii.member(jsii_name="dataSourceRef")
    def data_source_ref(self) -> DataSourceReference:
        """The reference to the data source for other constructs."""
        return DataSourceReference(data_source_id=self._data_source_id, knowledge_base_id=self._knowledge_base_id)
