"""The scenarios that $PROOF_SCENARIOS names, as one CDK app, in the step that $PROOF_STEP says."""

from __future__ import annotations

import os

from aws_cdk import App
from least_privilege.stacks import SCENARIOS

app = App()
for one in SCENARIOS:
    if one.name in os.environ["PROOF_SCENARIOS"].split(","):
        one.build(app, one.name, int(os.environ["PROOF_STEP"]))
app.synth()
