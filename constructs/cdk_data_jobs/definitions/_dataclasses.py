"""What a definition of a kind of job consists of: its calls, and what their responses mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdk_data_jobs._support.validation import ValidationError, validate_count
from cdk_data_jobs.definitions._field_types import validate_fields

RESERVED_ATTRIBUTE = "DataJobKept"
"""The attribute that the job's own resource has besides those of its definition. It is "true" only in an Update that
keeps its job and adds waiting resources, which then succeed at once; see docs/under-the-hood.md."""

_MIN_BASE_LENGTH = 12  # room for a name derived from any path: job- and 8 digits
NAME_SUFFIX = "-00000000-000"
"""The longest that a run adds to a job's name: a hyphen, 8 digits, and the same of at most three if that is taken."""


class _Validated:
    """What validates the types of its fields."""

    def __post_init__(self) -> None:
        """Validates them.

        Raises:
            ValidationError: If one is wrong.
        """
        validate_fields(self)


@dataclass(frozen=True, kw_only=True)
class CreateCall(_Validated):
    """The call that creates a job.

    Attributes:
        operation: The operation of the SDK for Python, e.g. `create_import_job`.
        id: JMESPath of the job's id or ARN in the response, e.g. `JobId`. The parameters of the call are `parameters`
            there: where the response has no id, it may be one of them, e.g. `parameters.Name`.
        reason: JMESPath of the reason why no job was created, in a response without an id, e.g. `failures[0].reason`.
            If it begins with one of the definition's `retryable_errors`, the call is repeated.
    """

    operation: str
    id: str
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class DescribeCall(_Validated):
    """The call that describes a job: its status, and its attributes.

    Attributes:
        operation: The operation of the SDK for Python, e.g. `get_import_job`.
        parameters: Each parameter's name to the JMESPath of its value in an object with the job's `id` and the create
            call's `parameters`: `id`, `[id]`, `parameters.X`. A parameter whose value is null is left out.
        job: JMESPath of the job in the response, in which the string `'{id}'` stands for the job's id, so that it
            can be found in a list: `History[?ExecutionId == '{id}'] | [0]`. By default the response is the job.
        next: How the next page is requested if the job is not in this one. By default there is one page.
    """

    operation: str
    parameters: Mapping[str, str]
    job: str = "@"
    next: "NextPage | None" = None


@dataclass(frozen=True, kw_only=True)
class JobNaming(_Validated):
    """The names of jobs, if the service requires unique ones: a repeated create call then finds the first one's job.

    It is the run's own job if the parameters have the values that the describe call returns under their names. What the
    service returns in other words, such as the alias of a key as an ARN, must not be in `job` of the `DescribeCall`: a
    path such as `Job.{Status: Status}` leaves out the rest.

    Attributes:
        parameter: The create call's parameter for the name, e.g. `jobName`.
        max_length: How many characters the service allows.
        name_taken_errors: The codes of the errors that say that a name is in use.
        job_id: The job's id: its ARN with `{partition}`, `{region}`, `{account}` and `{name}`, and parameters as in
            `source_arn` of `JobDefinition`. By default the name.

    Raises:
        ValueError: If `max_length` is less than 25, which leaves no room for the suffix of a run.
    """

    parameter: str
    max_length: int
    name_taken_errors: Sequence[str]
    job_id: str = "{name}"

    def __post_init__(self) -> None:
        """Validates the types of its fields, and the maximum length.

        Raises:
            ValidationError: If one is wrong, or names could not have a suffix.
        """
        super().__post_init__()
        validate_count(self.max_length, "max_length", minimum=_MIN_BASE_LENGTH + len(NAME_SUFFIX))

    @property
    def base_max_length(self) -> int:
        """The maximum length of a job's base name, to which a run adds its suffix."""
        return self.max_length - len(NAME_SUFFIX)


@dataclass(frozen=True, kw_only=True)
class NextPage(_Validated):
    """The token of a list's next page.

    Attributes:
        parameter: The list call's parameter for the token of the next page.
        path: JMESPath of that token in the response.
    """

    parameter: str
    path: str


@dataclass(frozen=True, kw_only=True)
class FindCall(_Validated):
    """The call that lists jobs, to find one that was created before if jobs have neither names nor client tokens.

    Attributes:
        operation: The operation that lists jobs, the latest ones at least.
        parameters: Each parameter's name to the path of the create call's parameter that it equals: `parameters.X`, or
            `parameters.X.Y` for the member Y of the parameter X.
        jobs: JMESPath of the list in the response.
        id: JMESPath of a job's id.
        created: JMESPath of the time at which a job was created.
        as_parameters: JMESPath of the create call's parameters, as far as a listed job has them.
        next: How the next page is requested. By default there is one page.
    """

    operation: str
    parameters: Mapping[str, str]
    jobs: str
    id: str
    created: str
    as_parameters: str
    next: NextPage | None = None

    def __post_init__(self) -> None:
        """Validates the types of its fields, and the paths of its parameters.

        Raises:
            ValidationError: If one is wrong.
        """
        super().__post_init__()
        for name, path in self.parameters.items():
            if not re.fullmatch(r"parameters(\.\w+)+", path):
                raise ValidationError(
                    f"the parameter {name} of {self.operation} must be one of the create call's, such as "
                    f"parameters.{name}, got {path!r}; correct it"
                )


@dataclass(frozen=True, kw_only=True)
class TagCalls(_Validated):
    """The calls that change the tags of a job, and the names that they and the create call have for tags.

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


@dataclass(frozen=True, kw_only=True)
class JobDefinition(_Validated):
    """The definition of a kind of job: the calls that create and describe it, and what their responses mean.

    `AwsJob` takes one, and the library's own jobs have theirs in a table. Operations are those of the SDK for Python
    (boto3), paths are JMESPath.

    Attributes:
        title: What the job is called in messages, e.g. `Contact list import`.
        service: The service's name in the SDK for Python, e.g. `sesv2`.
        create: The call that creates a job.
        describe: The call that describes it: its status, and its attributes.
        status: Path of its status.
        succeeded: The statuses of a job that has succeeded. With any other status it is still running.
        failed: The statuses of a job that has failed.
        failed_if: Path of what is true, or not empty, for a job that has failed although its status is one of
            `succeeded`, e.g. ``containers[?exitCode != `0`]``. Its status is then reported as the first of `failed`.
        reason: Path of the reason why it failed. By default only its status is reported.
        created: Path of the time at which it was created. Needed with `name`; with `client_token`, a job that an
            earlier deployment has created under the same token, and that has failed, is then not taken for a new one.
        attributes: What the deployment can use of a job: name to path. By default `status`.
        name: How jobs are named. By default they have no names.
        client_token: The create call's parameter for a client token, by which the service recognizes a repeated call:
            a UUID with hyphens.
        token_used_errors: The codes of the errors that say that a token was used before with other parameters, or parts
            of their messages where a code says less. The next token is then used.
        find: How a job that was created before is found.
        may_run_twice: What happens if the response of a create call is lost, and the job cannot be found because it has
            neither `name` nor `client_token` nor `find`: True to repeat the call after two minutes, which may create a
            second job; False to fail, with a job that may be running. It must be chosen for such jobs, and has no
            effect on others.
        failures: Path of the number of entries that failed in a job that succeeded.
        role: The parameter for the ARN of the role that the service assumes: a parameter's name, or `A.B` for the
            member B of the parameter A.
        excluded_parameters: The parameters that must not be given, each with the reason.
        ignored_changes: The parameters, written in the same way as `role`, whose change is no reason to run the job
            again, as those for the role and the tags always are.
        retryable_errors: The codes of errors that pass with time, such as that of a full quota. Throttling and server
            errors are always retried.
        access_denied_messages: Parts of messages that mean that a permission is missing. Such a call is retried for
            three minutes, because a new permission takes a while to apply.
        hints: What to do about known causes: a part of the service's message to an advice, in which `{}` becomes the
            S3 locations of the parameters.
        tags: How a job is tagged. By default it has no tags.
        source_arn: What the service acts for when it assumes the role, for `aws:SourceArn` in the role's trust policy:
            an ARN with `{partition}`, `{region}`, `{account}`, and `{X}` for the create call's parameter X, `{A.B}` for
            the member B of its parameter A, or `{name of X}` for the name in X, which may also be an ARN.
        permissions: What the function that runs the job may do: IAM action to resources, each an ARN like
            `source_arn`, the name of a parameter whose value is one, `job` (any job that `name` names), or `*`.
        tag_permissions: The same, for jobs that have tags.

    Raises:
        ValueError: If something in it cannot work.
    """

    title: str
    service: str
    create: CreateCall
    describe: DescribeCall
    status: str
    succeeded: Sequence[str]
    failed: Sequence[str]
    failed_if: str | None = None
    reason: str | None = None
    created: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    name: JobNaming | None = None
    client_token: str | None = None
    token_used_errors: Sequence[str] = ()
    find: FindCall | None = None
    may_run_twice: bool | None = None
    failures: str | None = None
    role: str | None = None
    excluded_parameters: Mapping[str, str] = field(default_factory=dict)
    ignored_changes: Sequence[str] = ()
    retryable_errors: Sequence[str] = ()
    access_denied_messages: Sequence[str] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    tags: TagCalls | None = None
    source_arn: str | None = None
    permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tag_permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Validates what can be validated without the service's model.

        Raises:
            ValidationError: If something in it cannot work.
        """
        super().__post_init__()
        _validate_results(self)
        _validate_calls(self)
        if not self.attributes:
            object.__setattr__(self, "attributes", {"status": self.status})


def _validate_results(definition: JobDefinition) -> None:
    for name in ("succeeded", "failed"):
        if not getattr(definition, name):
            raise ValidationError(
                f"{name} must name at least one status, got {getattr(definition, name)!r}: a job that never ends would "
                "be waited for until the timeout"
            )
    if both := sorted({*definition.succeeded} & {*definition.failed}):
        raise ValidationError(
            f"a status must mean that a job has succeeded or that it failed, got both for {both}; list it once"
        )
    if path := definition.attributes.get(RESERVED_ATTRIBUTE):
        raise ValidationError(
            f"attributes must not contain {RESERVED_ATTRIBUTE}, which the library itself uses, got {path!r} for it; "
            "use another name"
        )


def _validate_calls(definition: JobDefinition) -> None:
    if "{id}" in definition.describe.job.replace("'{id}'", ""):
        raise ValidationError(
            f"job of the DescribeCall must have the job's id as a string of its own, '{{id}}', got "
            f"{definition.describe.job!r}; correct it"
        )
    if definition.name and not definition.created:
        raise ValidationError(
            "created must be the path of when a job was created, if jobs have names, got none; add it"
        )
    if definition.name and "{name}" not in definition.name.job_id:
        raise ValidationError(f"the id of a named job must have '{{name}}', got {definition.name.job_id!r}; add it")
    is_found = bool(definition.name or definition.client_token or definition.find)
    if not is_found and definition.may_run_twice is None:
        raise ValidationError(
            "may_run_twice must be True or False where a job has neither name nor client_token nor find, because it "
            "cannot be found if the response of its create call is lost, got None; True repeats the call, False fails"
        )
    if definition.token_used_errors and not definition.client_token:
        raise ValidationError(
            f"token_used_errors must be left out where there is no client_token, got {[*definition.token_used_errors]}"
        )
