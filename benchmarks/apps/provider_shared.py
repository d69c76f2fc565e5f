"""The imports with the CDK's Provider framework, one provider for all jobs."""

from __future__ import annotations

from providers import synthesize

synthesize(shared=True)
