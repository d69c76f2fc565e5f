"""References to workgroups that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_redshiftserverless import IWorkgroupRef, WorkgroupReference
from constructs import Construct

from cdk_data_jobs._support.validation import validate_identifier


@jsii.implements(IWorkgroupRef)
class Workgroup(Resource):
    """A workgroup of Amazon Redshift Serverless that exists outside the app."""

    @staticmethod
    def from_workgroup_name(scope: Construct, id: str, workgroup_name: str) -> "Workgroup":
        """Refers to an existing workgroup.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            workgroup_name: The workgroup's name, not its ARN.

        Raises:
            ValueError: If it is not a name.
        """
        validate_identifier(workgroup_name, "workgroup_name")
        return Workgroup(scope, id, workgroup_name=workgroup_name)

    def __init__(self, scope: Construct, id: str, *, workgroup_name: str) -> None:
        """Use `from_workgroup_name`."""
        super().__init__(scope, id)
        self._workgroup_name = workgroup_name

    @property
    @jsii.member(jsii_name="workgroupRef")
    def workgroup_ref(self) -> WorkgroupReference:
        """The reference to the workgroup for other constructs."""
        return WorkgroupReference(workgroup_name=self._workgroup_name)
