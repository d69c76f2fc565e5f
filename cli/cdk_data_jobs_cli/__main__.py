"""Runs `data-jobs` as `python -m cdk_data_jobs_cli`."""

from cdk_data_jobs_cli.main import main

if __name__ == "__main__":
    main()
