"""AWS on one machine, for deploying and testing stacks with data jobs: no account, no network, no Docker.

```python
from cdk_data_jobs_local import OfflineAws

with OfflineAws(speed=60) as aws:
    aws.bootstrap()
    aws.cdk("deploy", "--require-approval", "never")
    print(aws.personalize.jobs())
```
"""

from cdk_data_jobs_local.api.errors import OfflineAwsError
from cdk_data_jobs_local.api.handles import PersonalizeHandle, PinpointHandle
from cdk_data_jobs_local.api.offline_aws import OfflineAws

__all__ = ["OfflineAws", "OfflineAwsError", "PersonalizeHandle", "PinpointHandle"]
