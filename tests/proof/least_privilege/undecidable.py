"""What no machine can tell of that is not AWS: services' own internals; and the documentation that asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Undecidable:
    """Something that stays because its documentation asks for it.

    Attributes:
        policy: Whose policy it is, as a pattern.
        action: The action, as a pattern.
        part: The part of the statement, as a pattern.
        asked_for_by: The documentation.
    """

    policy: str
    action: str
    part: str
    asked_for_by: str

    def is_about(self, policy: str, action: str, part: str) -> bool:
        """Whether it is about something that was found in a template."""
        pairs = ((self.policy, policy), (self.action, action), (self.part, part))
        return all(re.fullmatch(pattern, text) for pattern, text in pairs)


_LAMBDA = "AWS Lambda Developer Guide"
UNDECIDABLE = (
    Undecidable(
        "policy of the function",
        r"personalize:Create\w+",
        r"resource (dataset|dataset-group|solution|filter)/\*",
        "AWS Solutions Library, Maintaining Personalized Experiences with Machine Learning, whose policies allow it",
    ),
    Undecidable(
        "(policy of the role of Pinpoint that writes|key policy)",
        "kms:Decrypt",
        "",
        'Amazon S3 User Guide, "Uploading and copying objects using multipart upload": a service may write in parts',
    ),
    Undecidable(
        "policy of the function for one job",
        "s3:ListBucket",
        "",
        'Amazon S3 API Reference, "HeadObject": without it a file that is gone is a forbidden one, which is waited for',
    ),
    Undecidable(
        "policy of the function",
        "cloudformation:DescribeStackResource",
        "",
        'AWS CloudFormation API Reference, "DescribeStackResource": tells a removed job from a replaced one: without '
        "it the function goes by the stack's status, and no deployment here fails",
    ),
    Undecidable(
        "policy of the function",
        r"ec2:\w+",
        ".*",
        f'{_LAMBDA}, "Giving Lambda functions access to resources in an Amazon VPC"',
    ),
    Undecidable(
        "policy of the function", "sqs:SendMessage", "", f'{_LAMBDA}, "Adding a dead-letter queue" of a function'
    ),
    Undecidable(
        "policy of the (function|state machine)",
        r"xray:\w+",
        "",
        'AWS X-Ray Developer Guide, "How AWS X-Ray works with IAM"; AWS Step Functions Developer Guide, "IAM policies '
        'for using X-Ray"',
    ),
    Undecidable(
        "policy of the function",
        "kms:Decrypt",
        "condition kms:EncryptionContext:.*",
        'AWS Step Functions Developer Guide, "Data at rest encryption in Step Functions"',
    ),
    Undecidable(
        "policy of the state machine",
        r"kms:[\w:, ]+",
        ".*",
        'AWS Step Functions Developer Guide, "Data at rest encryption in Step Functions"',
    ),
    Undecidable(
        "key policy for logs.*",
        r"kms:[\w:, ]+",
        ".*",
        'Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service"',
    ),
)

TWICE = (
    ("Personalize", 'Amazon Personalize Developer Guide, "Cross-service confused deputy prevention"'),
    ("Pinpoint", 'Amazon Pinpoint Developer Guide, "IAM role for importing endpoints or segments"'),
    (
        "state machine",
        'AWS Step Functions Developer Guide, "Creating an IAM role for your state machine": the confused deputy',
    ),
    ("schedules", 'EventBridge Scheduler User Guide, "Confused deputy prevention"'),
    ("events", 'Amazon EventBridge User Guide, "Using dead-letter queues to process undelivered events"'),
)
"""Who asks for a condition that the other one of the same trust policy makes good for; each alone keeps others out."""
