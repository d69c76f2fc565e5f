"""All stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify_aws.stages.batch_jobs import BatchJobs
from verify_aws.stages.import_lifecycle import ImportLifecycle
from verify_aws.stages.refusals import Refusals
from verify_aws.stages.refused_job import RefusedJob
from verify_aws.stages.table_export import TableExport
from verify_aws.stages.triggers import Triggers

if TYPE_CHECKING:
    from verify_aws.stage import Stage

STAGES: dict[str, type[Stage]] = {
    stage.key: stage for stage in (Refusals, RefusedJob, ImportLifecycle, Triggers, TableExport, BatchJobs)
}
"""The stages, by the letters by which they are chosen."""
