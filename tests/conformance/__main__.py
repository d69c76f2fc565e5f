"""`make verify-aws`."""

import sys

from verify_aws.command import main

if __name__ == "__main__":
    sys.exit(main())
