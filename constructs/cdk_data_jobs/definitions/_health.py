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

OMICS_READ_SET_IMPORT = JobDefinition(
    title="HealthOmics read set import",
    service="omics",
    create=CreateCall(operation="start_read_set_import_job", id="id"),
    describe=DescribeCall(
        operation="get_read_set_import_job",
        parameters={"id": "id", "sequenceStoreId": "parameters.sequenceStoreId"},
    ),
    status="status",
    succeeded=("COMPLETED", "COMPLETED_WITH_FAILURES"),
    failed=("FAILED", "CANCELLED"),
    reason="join(' ', [statusMessage, sources[?status == 'FAILED'].statusMessage][] | [?@])",
    created="creationTime",
    attributes={
        "id": "id",
        "status": "status",
        "readSetIds": "join(',', (sources || `[]`)[?readSetId].readSetId)",
    },
    client_token="clientToken",
    failures="length((sources || `[]`)[?status == 'FAILED'])",
    role="roleArn",
    retryable_errors=("ServiceQuotaExceededException", "RequestTimeoutException"),
    access_denied_messages=ROLE_IS_NEW,
    permissions={
        "omics:StartReadSetImportJob": ["arn:{partition}:omics:{region}:{account}:sequenceStore/{sequenceStoreId}"],
        "omics:GetReadSetImportJob": ["arn:{partition}:omics:{region}:{account}:sequenceStore/{sequenceStoreId}"],
    },
)
"""Imports read sets from Amazon S3 into a sequence store of AWS HealthOmics.

Needs: `service_principal="omics.amazonaws.com"`, and for the role `s3:GetObject` and `s3:ListBucket` on the files, with
`kms:Decrypt` on their key. Sources that failed count against `max_failures`.
Waits: for the quota of jobs.
Sources: "StartReadSetImportJob" (API Reference), "Service roles for AWS HealthOmics" (User Guide), whose trust policy
has no conditions. Believed: one on `aws:SourceAccount`, which the library adds, works.
"""

OMICS_REFERENCE_IMPORT = JobDefinition(
    title="HealthOmics reference import",
    service="omics",
    create=CreateCall(operation="start_reference_import_job", id="id"),
    describe=DescribeCall(
        operation="get_reference_import_job",
        parameters={"id": "id", "referenceStoreId": "parameters.referenceStoreId"},
    ),
    status="status",
    succeeded=("COMPLETED", "COMPLETED_WITH_FAILURES"),
    failed=("FAILED", "CANCELLED"),
    reason="join(' ', [statusMessage, sources[?status == 'FAILED'].statusMessage][] | [?@])",
    created="creationTime",
    attributes={
        "id": "id",
        "status": "status",
        "referenceIds": "join(',', (sources || `[]`)[?referenceId].referenceId)",
    },
    client_token="clientToken",
    failures="length((sources || `[]`)[?status == 'FAILED'])",
    role="roleArn",
    retryable_errors=("ServiceQuotaExceededException", "RequestTimeoutException"),
    access_denied_messages=ROLE_IS_NEW,
    permissions={
        "omics:StartReferenceImportJob": ["arn:{partition}:omics:{region}:{account}:referenceStore/{referenceStoreId}"],
        "omics:GetReferenceImportJob": ["arn:{partition}:omics:{region}:{account}:referenceStore/{referenceStoreId}"],
    },
)
"""Imports a reference genome from Amazon S3 into a reference store of AWS HealthOmics.

Needs: as `OMICS_READ_SET_IMPORT`.
Waits: for the quota of jobs; a reference store imports one genome at a time.
Sources: "StartReferenceImportJob" (API Reference), and as `OMICS_READ_SET_IMPORT`.
"""
