"""The errors of calls of AWS, with messages for users of the command line."""


class AwsError(Exception):
    """A call of AWS failed, or AWS lacks what the command needs; the message says why and what to do.

    Attributes:
        is_transient: Whether the same call may succeed later.
    """

    def __init__(self, message: str, *, is_transient: bool = False) -> None:
        """Creates the error.

        Args:
            message: Why it failed and what to do.
            is_transient: Whether the same call may succeed later.
        """
        super().__init__(message)
        self.is_transient = is_transient


class NotFoundError(AwsError):
    """There is no such stack, job or other resource."""


class YamlTemplateError(AwsError):
    """A template is YAML, which the CDK does not deploy."""
