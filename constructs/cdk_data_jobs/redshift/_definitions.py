"""The definitions of one statement and of several, without the permission to run them.

Each job grants that on its own cluster or workgroup, whose name may be a token.
"""

import dataclasses

from cdk_data_jobs.definitions import REDSHIFT_STATEMENT, CreateCall

STATEMENT = dataclasses.replace(REDSHIFT_STATEMENT, permissions={"redshift-data:DescribeStatement": ["*"]})
_REASON = "Error || join('; ', (SubStatements || `[]`)[].Error | [?@])"
BATCH = dataclasses.replace(
    STATEMENT,
    create=CreateCall(operation="batch_execute_statement", id="Id"),
    # Where each statement is committed by itself, what the status of them all is then is not documented.
    failed_if="(SubStatements || `[]`)[?Status == 'FAILED' || Status == 'ABORTED']",
    reason=_REASON,
    attributes={**STATEMENT.attributes, "failureReason": _REASON},
)
