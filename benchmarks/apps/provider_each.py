"""The imports with the CDK's Provider framework, one provider a job."""

from __future__ import annotations

from providers import synthesize

synthesize(shared=False)
