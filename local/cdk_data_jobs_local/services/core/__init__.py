"""Emulators of AWS services that have jobs: pure request to response, without a server and without AWS."""
