"""Ready-made definitions of imports of health and genomic data."""

from cdk_data_jobs.definitions._dataclasses import CreateCall, DescribeCall, JobDefinition
from cdk_data_jobs.definitions._roles import ROLE_IS_NEW

HEALTHLAKE_IMPORT = JobDefinition(
    title="HealthLake import",
    service="healthlake",
    create=CreateCall(operation="start_fhir_import_job", id="JobId"),
    describe=DescribeCall(
        operation="describe_fhir_import_job",
        parameters={"DatastoreId": "parameters.DatastoreId", "JobId": "id"},
        job="ImportJobProperties",
    ),
    status="JobStatus",
    succeeded=("COMPLETED", "COMPLETED_WITH_ERRORS"),
    failed=("FAILED", "CANCEL_COMPLETED", "CANCEL_FAILED"),
    reason="Message",
    created="SubmitTime",
    attributes={
        "jobId": "JobId",
        "status": "JobStatus",
        "outputUri": "JobOutputDataConfig.S3Configuration.S3Uri",
        "resourcesImported": "JobProgressReport.TotalNumberOfResourcesImported",
        "resourcesWithErrors": "JobProgressReport.TotalNumberOfResourcesWithCustomerError",
    },
    client_token="ClientToken",
    # At least one, if there are errors of which the report says nothing.
    failures="JobStatus == 'COMPLETED_WITH_ERRORS' && max([`1`, sum(JobProgressReport."
    "[TotalNumberOfResourcesWithCustomerError, TotalNumberOfFilesReadWithCustomerError][?@] || `[]`)]) || `0`",
    role="DataAccessRoleArn",
    ignored_changes=("JobName",),
    access_denied_messages=ROLE_IS_NEW,
    source_arn="arn:{partition}:healthlake:{region}:{account}:datastore/fhir/{DatastoreId}",
    permissions={
        "healthlake:StartFHIRImportJob": ["arn:{partition}:healthlake:{region}:{account}:datastore/fhir/{DatastoreId}"],
        "healthlake:DescribeFHIRImportJob": [
            "arn:{partition}:healthlake:{region}:{account}:datastore/fhir/{DatastoreId}"
        ],
    },
)
"""Imports FHIR resources from Amazon S3 into a data store of AWS HealthLake.

Needs: `service_principal="healthlake.amazonaws.com"`, and for the role reading the input, writing the log, and the key
of the log. Resources and files with errors count against `max_failures`.
Waits: for throttling only; the service queues jobs, and runs one at a time for a data store.
Sources: "StartFHIRImportJob" (API Reference), "Setting up permissions for import jobs" and "Importing files into
HealthLake data stores" (Developer Guide).
"""


def _omics_import(title: str, imported: str, store: str, ids: str) -> JobDefinition:
    """Returns the definition of an import into a store of AWS HealthOmics.

    Args:
        title: What the job is called in messages.
        imported: What is imported, as in the names of the operations.
        store: The type of store, as in the names of parameters and in ARNs.
        ids: The attribute for the ids of what was imported.
    """
    action, one = imported.title().replace("_", ""), ids.removesuffix("s")
    stores = [f"arn:{{partition}}:omics:{{region}}:{{account}}:{store}/{{{store}Id}}"]
    return JobDefinition(
        title=title,
        service="omics",
        create=CreateCall(operation=f"start_{imported}_import_job", id="id"),
        describe=DescribeCall(
            operation=f"get_{imported}_import_job", parameters={"id": "id", f"{store}Id": f"parameters.{store}Id"}
        ),
        status="status",
        succeeded=("COMPLETED", "COMPLETED_WITH_FAILURES"),
        failed=("FAILED", "CANCELLED"),
        reason="join(' ', [statusMessage, sources[?status == 'FAILED'].statusMessage][] | [?@])",
        created="creationTime",
        attributes={"id": "id", "status": "status", ids: f"join(',', (sources || `[]`)[?{one}].{one})"},
        client_token="clientToken",
        failures="length((sources || `[]`)[?status == 'FAILED'])",
        role="roleArn",
        retryable_errors=("ServiceQuotaExceededException", "RequestTimeoutException"),
        access_denied_messages=ROLE_IS_NEW,
        permissions={f"omics:Start{action}ImportJob": stores, f"omics:Get{action}ImportJob": stores},
    )


OMICS_READ_SET_IMPORT = _omics_import("HealthOmics read set import", "read_set", "sequenceStore", "readSetIds")
"""Imports read sets from Amazon S3 into a sequence store of AWS HealthOmics.

Needs: `service_principal="omics.amazonaws.com"`, and for the role `s3:GetObject` and `s3:ListBucket` on the files, with
`kms:Decrypt` on their key. Sources that failed count against `max_failures`.
Waits: for the quota of jobs.
Sources: "StartReadSetImportJob" (API Reference), "Service roles for AWS HealthOmics" (User Guide), whose trust policy
has no conditions. Believed: one on `aws:SourceAccount`, which the library adds, works.
"""

OMICS_REFERENCE_IMPORT = _omics_import("HealthOmics reference import", "reference", "referenceStore", "referenceIds")
"""Imports a reference genome from Amazon S3 into a reference store of AWS HealthOmics.

Needs: as `OMICS_READ_SET_IMPORT`.
Waits: for the quota of jobs; a reference store imports one genome at a time.
Sources: "StartReferenceImportJob" (API Reference), and as `OMICS_READ_SET_IMPORT`.
"""
