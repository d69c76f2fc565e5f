"""All stages, the cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify_aws.stages.living_import import LivingImport
from verify_aws.stages.refusals import Refusals
from verify_aws.stages.refused_job import RefusedJob

if TYPE_CHECKING:
    from verify_aws.stage import Stage

STAGES: dict[str, type[Stage]] = {stage.key: stage for stage in (Refusals, RefusedJob, LivingImport)}
"""The stages, by the letters by which they are chosen."""
