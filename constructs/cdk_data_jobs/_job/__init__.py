"""The resources that belong to a job, and what starts its runs and reports their ends. Not public."""
