"""The parts of a job's definition: the calls that create, describe, find and tag a job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdk_data_jobs.checks import ValidationError, check_count

_BASE_LENGTH = 12  # the shortest room for a name made from any path: job-, and 8 digits
_SUFFIX_LENGTH = 13  # what a run adds to a job's name: a hyphen, 8 digits, and -NNN if that name is taken


@dataclass(frozen=True, kw_only=True)
class CreateCall:
    """The call that creates a job.

    Attributes:
        operation: The operation of the SDK for Python, e.g. `create_import_job`.
        id: JMESPath of the job's id or ARN in the response, e.g. `JobId`.
    """

    operation: str
    id: str


@dataclass(frozen=True, kw_only=True)
class DescribeCall:
    """The call that tells how far a job is.

    Attributes:
        operation: The operation of the SDK for Python, e.g. `get_import_job`.
        parameters: Each parameter's name to what it is: `id`, the job's; or `parameters.X`, the parameter X of the
            create call.
        job: JMESPath of the job in the response. By default the response is the job.
    """

    operation: str
    parameters: Mapping[str, str]
    job: str = "@"


@dataclass(frozen=True, kw_only=True)
class JobNaming:
    """How jobs are named, where their names are unique: a repeated create then finds the job that was made.

    Attributes:
        parameter: The create call's parameter for the name, e.g. `jobName`.
        arn: The ARN of the job with `{partition}`, `{region}`, `{account}` and `{name}`; it is the job's id.
        max_length: How many characters the service allows.
        taken: The codes of the errors that say that a name is in use.

    Raises:
        ValueError: If `max_length` is less than 25, which leaves no room for what tells runs apart.
    """

    parameter: str
    arn: str
    max_length: int
    taken: Sequence[str]

    def __post_init__(self) -> None:
        """Checks that there is room, and that the codes are a list.

        Raises:
            ValidationError: If not.
        """
        if isinstance(self.taken, str):
            raise ValidationError(f"taken must be a list of codes, got the text {self.taken!r}")
        check_count(self.max_length, "max_length", least=_BASE_LENGTH + _SUFFIX_LENGTH)

    @property
    def base_max_length(self) -> int:
        """How many characters a job's base name may have, so that a run can add its suffix."""
        return self.max_length - _SUFFIX_LENGTH


@dataclass(frozen=True, kw_only=True)
class NextPage:
    """How a list goes on.

    Attributes:
        parameter: The list call's parameter for the token of the next page.
        path: JMESPath of that token in the response.
    """

    parameter: str
    path: str


@dataclass(frozen=True, kw_only=True)
class FindCall:
    """How a job that was made before is found where jobs have neither names nor tokens: in the service's list.

    Attributes:
        operation: The operation that lists jobs, the latest ones at least.
        parameters: Each parameter's name to the name of the create call's parameter that it equals.
        jobs: JMESPath of the list in the response.
        next: How the list goes on.
        id: JMESPath of a job's id.
        created: JMESPath of the time at which a job was created.
        as_parameters: JMESPath of the create call's parameters, as far as a listed job tells them.
    """

    operation: str
    parameters: Mapping[str, str]
    jobs: str
    next: NextPage
    id: str
    created: str
    as_parameters: str


@dataclass(frozen=True, kw_only=True)
class TagCalls:
    """How a job is tagged, which also says how the create call takes tags.

    Attributes:
        tag: The operation that adds tags.
        untag: The operation that removes them.
        resource: The parameter of both for the job's id.
        list: The parameter for the tags, of `tag` and of the create call.
        key: The member of a tag for its key.
        value: The member of a tag for its value.
        keys: The parameter of `untag` for the keys.
    """

    tag: str
    untag: str
    resource: str
    list: str
    key: str
    value: str
    keys: str
