"""References to clusters that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_redshift import ClusterReference, IClusterRef
from constructs import Construct

from cdk_data_jobs._support.validation import validate_identifier


@jsii.implements(IClusterRef)
class Cluster(Resource):
    """A cluster of Amazon Redshift that exists outside the app."""

    @staticmethod
    def from_cluster_identifier(scope: Construct, id: str, cluster_identifier: str) -> "Cluster":
        """Refers to an existing cluster.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            cluster_identifier: The cluster's identifier, not its ARN.

        Raises:
            ValueError: If it is not an identifier.
        """
        validate_identifier(cluster_identifier, "cluster_identifier")
        return Cluster(scope, id, cluster_identifier=cluster_identifier)

    def __init__(self, scope: Construct, id: str, *, cluster_identifier: str) -> None:
        """Use `from_cluster_identifier`."""
        super().__init__(scope, id)
        self._cluster_identifier = cluster_identifier

    @property
    @jsii.member(jsii_name="clusterRef")
    def cluster_ref(self) -> ClusterReference:
        """The reference to the cluster for other constructs."""
        return ClusterReference(cluster_identifier=self._cluster_identifier)
