"""The command line `data-jobs`: what the jobs of a stack do, did, and are to do now."""
