"""The stacks of the app in the current folder, as it was synthesized last."""

from __future__ import annotations

from pathlib import Path

from cdk_data_jobs_cli.plan.assembly import AssemblyError, SynthesizedStack, read_assembly

_FOLDER = Path("cdk.out")


def synthesized_stacks() -> list[SynthesizedStack]:
    """Returns the stacks in the folder cdk.out, into which the CDK CLI synthesizes; none if there is no such folder."""
    try:
        return read_assembly(_FOLDER)
    except AssemblyError:
        return []
