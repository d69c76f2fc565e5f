"""`python -m cdk_data_jobs_cli`: the same as `data-jobs`."""

from cdk_data_jobs_cli.main import main

if __name__ == "__main__":
    main()
