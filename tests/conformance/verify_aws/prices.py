"""What the stages cost, and how that is known. Prices are those of us-east-1, in US dollars."""

PRICES = {
    "data that Amazon Personalize imports": ("$0.05 a GB", "Amazon Personalize pricing"),
    "training of a custom solution": ("$0.24 a training hour", "Amazon Personalize pricing"),
    "batch segments": ("$0.016 for 1,000 users", "Amazon Personalize pricing"),
    "transitions of a state machine": ("$0.025 for 1,000", "AWS Step Functions pricing"),
    "exports of a DynamoDB table": ("$0.10 a GB", "Amazon DynamoDB pricing"),
    "function, logs, objects in S3, schedules": ("less than a cent", "the services' pages, free tier aside"),
}
"""By what is paid for: the price, and the page that has it.

That of Step Functions is on its page (https://aws.amazon.com/step-functions/pricing/). The other figures are from
memory: none could be compared with its page when they were written.
"""


def lines() -> list[str]:
    """Returns the prices as lines of text."""
    table = [f"  {what}: {price} ({page})" for what, (price, page) in PRICES.items()]
    return [*table, "  Only that of Step Functions was checked: look at the pages if a few dollars matter."]
