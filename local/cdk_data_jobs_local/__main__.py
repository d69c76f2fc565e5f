"""`python -m cdk_data_jobs_local up | down | status`."""

import sys

from cdk_data_jobs_local.api.command import main

if __name__ == "__main__":
    sys.exit(main())
