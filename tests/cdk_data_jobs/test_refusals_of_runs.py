"""The refusals of jobs that run programs and queries: what of their arguments cannot work, each with the message.

A message that ends in `...` goes on with values that are long.
"""

# ruff: noqa: E501 - a message is one line, and a row need not refer to anything
# mypy: disable-error-code="arg-type"

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_athena import CfnWorkGroup
from aws_cdk.aws_scheduler import ScheduleExpression
from catalogue.given import Given
from catalogue.jobs import import_users
from catalogue.run_jobs import MACHINE_ARN, execute, query, run_glue_job, run_statement, state_machine

from cdk_data_jobs import AwsJob, DataDestination, DataSource, glue
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.athena import EncryptionOption
from cdk_data_jobs.definitions import CODEBUILD_BUILD
from cdk_data_jobs.redshift import Cluster, ExecutionMode, Statement, Workgroup


def secret(it: Given) -> str:
    return secretsmanager.Secret(it.stack, "Secret").secret_value.unsafe_unwrap()


def express(it: Given) -> Any:
    return state_machine(it.stack, state_machine_type=sfn.StateMachineType.EXPRESS)


def express_resource(it: Given) -> Any:
    role = "arn:aws:iam::111122223333:role/nightly"
    return sfn.CfnStateMachine(it.stack, "Machine", role_arn=role, state_machine_type="EXPRESS")


def cluster(it: Given) -> Any:
    return Cluster.from_cluster_identifier(it.stack, "Cluster", "shop")


def workgroup(it: Given) -> Any:
    return Workgroup.from_workgroup_name(it.stack, "Workgroup", "shop")


NOT_EXPRESS = (
    "state_machine must be a standard one, because executions of express ones cannot be described, got Shop/Machine; "
    "set its state_machine_type to STANDARD, or call it from a standard one"
)
# fmt: off
REFUSALS: list[tuple[Callable[[Any], object], str]] = [
    # Secrets, in whatever reaches the properties
    *((declare, "the parameters and the trigger of a job must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; have the service read the secret, or leave it out")
      for declare in (
          lambda it: execute(it, trigger=secret(it)),
          lambda it: query(it, database=secret(it)),
      )),
    (lambda it: query(it, execution_parameters="a"),
     "execution_parameters must be a list of strings, got str 'a'; put it into a list"),
    (lambda it: execute(it, state_machine=sfn.StateMachine.from_state_machine_arn(it.stack, "Run", MACHINE_ARN.replace("stateMachine", "express") + ":1:2")),
     "state_machine must have the ARN of a state machine, its version or its alias, arn:aws:states:...:stateMachine:name, got 'arn:aws:states:eu-west-1:111122223333:express:nightly:1:2'; an execution's ARN is something else"),
    # Executions of state machines
    (lambda it: execute(it, state_machine=MACHINE_ARN),
     f"state_machine must be an IStateMachineRef, such as an aws_stepfunctions.StateMachine, got str '{MACHINE_ARN}'; use StateMachine.from_state_machine_arn(...) for an existing one"),
    (lambda it: execute(it, state_machine=express(it)),
     NOT_EXPRESS),
    (lambda it: execute(it, state_machine=express_resource(it)),
     NOT_EXPRESS),
    (lambda it: execute(it, input=7),
     "input must be an object, a list or a string of JSON, got int; convert it"),
    (lambda it: execute(it, input="{a: 1}"),
     "input must be an object, a list or a string of JSON, got the string '{a: 1}': Expecting property name enclosed in double quotes: line 1 column 2 (char 1); correct it"),
    (lambda it: execute(it, input={"day": {1, 2}}),
     "a value in parameters must be a string, a number, a boolean, a list, a dict, a datetime or a token, got set for 'input.day'"),
    (lambda it: execute(it, input={"password": secret(it)}),
     "input must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; pass the secret's ARN, and let the state machine read it"),
    (lambda it: execute(it, input='["{{resolve:ssm-secure:password}}"]'),
     "input must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:ssm-secure:...}}; pass the secret's ARN, and let the state machine read it"),
    (lambda it: execute(it, input="[" + "1," * 131072 + "1]"),
     "the parameters of start_execution are invalid: input must have at most 262144 characters, got ..."),
    (lambda it: execute(it, job_name="x" * 68),
     f"job_name must have 1 to 67 characters, because each run adds a suffix to it, got 68: '{'x' * 68}'"),
    # Runs of Glue jobs
    (lambda it: run_glue_job(it, job="nightly"),
     "job must be an IJobRef, such as an aws_glue.Job, got str 'nightly'; use aws_glue.CfnJob.from_job_name(...) for an existing one"),
    (lambda it: run_glue_job(it, worker_type="G.1X"),
     "worker_type must be WorkerType.STANDARD, WorkerType.G_025X, WorkerType.G_1X, WorkerType.G_2X, WorkerType.G_4X, WorkerType.G_8X or WorkerType.Z_2X, got 'G.1X'"),
    (lambda it: run_glue_job(it, execution_class="FLEX"),
     "execution_class must be ExecutionClass.STANDARD or ExecutionClass.FLEX, got 'FLEX'"),
    (lambda it: run_glue_job(it, number_of_workers=0),
     "number_of_workers must be a whole number, at least 1, got int 0"),
    (lambda it: run_glue_job(it, job_run_queuing_enabled="yes"),
     "job_run_queuing_enabled must be True or False, got str 'yes'"),
    (lambda it: run_glue_job(it, max_capacity=2, worker_type=glue.WorkerType.G_1X),
     "max_capacity must be left out where there is a worker_type or number_of_workers, got 2; remove one"),
    (lambda it: run_glue_job(it, max_capacity=2, number_of_workers=2),
     "max_capacity must be left out where there is a worker_type or number_of_workers, got 2; remove one"),
    (lambda it: run_glue_job(it, run_timeout=30),
     "run_timeout must be a Duration, got int 30; use Duration.minutes(...)"),
    (lambda it: run_glue_job(it, run_timeout=Duration.minutes(0)),
     "run_timeout must be in whole minutes, at least one, got 0 minutes; correct it"),
    (lambda it: run_glue_job(it, run_timeout=Duration.seconds(90)),
     "run_timeout must be in whole minutes, at least one, got 1 minute 30 seconds; correct it"),
    (lambda it: run_glue_job(it, notify_delay_after=Duration.minutes(0)),
     "notify_delay_after must be in whole minutes, at least one, got 0 minutes; correct it"),
    (lambda it: run_glue_job(it, security_configuration="encrypted"),
     "security_configuration must be an aws_glue.ISecurityConfiguration, got str 'encrypted'; use SecurityConfiguration.from_security_configuration_name(...) for an existing one"),
    (lambda it: run_glue_job(it, execution_role_session_policy={}),
     "execution_role_session_policy must be a PolicyDocument, got dict"),
    (lambda it: run_glue_job(it, arguments={"--password": secret(it)}),
     "arguments must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; pass the secret's name, and let the script read it"),
    (lambda it: run_glue_job(it, arguments={"--since": dt.date(2026, 1, 1)}),
     "a value in parameters must be a string, a number, a boolean, a list, a dict, a datetime or a token, got date for 'arguments.--since'"),
    (lambda it: run_glue_job(it, arguments={"--days": 7}),
     "the parameters of start_job_run are invalid: Arguments.--days must be a string, got int 7; correct it"),
    # Queries
    (lambda it: query(it, execution_parameters=[dt.date(2026, 1, 1)]),
     "a value in parameters must be a string, a number, a boolean, a list, a dict, a datetime or a token, got date for 'execution_parameters[0]'"),
    (lambda it: query(it, query_string=7),
     "query_string must be a string of SQL, or the Path of a file with SQL, got int"),
    (lambda it: query(it, query_string=" "),
     "query_string must have SQL, got an empty string"),
    (lambda it: query(it, query_string=it.write("empty.sql", "\n")),
     "query_string must have SQL, got the empty file '<folder>/empty.sql'"),
    (lambda it: query(it, query_string=it.folder / "none.sql"),
     "query_string must be a file with SQL, got '<folder>/none.sql': not found"),
    (lambda it: query(it, query_string=it.write("latin.sql", "SELECT 'é'".encode("latin-1"))),
     "query_string must be a file in UTF-8, got '<folder>/latin.sql': 'utf-8' codec can't decode byte 0xe9 in position 8: invalid continuation byte; save it in UTF-8"),
    (lambda it: query(it, query_string=f"SELECT '{secret(it)}'"),
     "query_string must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; read the secret elsewhere, because a query cannot"),
    (lambda it: query(it, execution_parameters=[secret(it)]),
     "execution_parameters must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; read the secret elsewhere, because a query cannot"),
    (lambda it: query(it, execution_parameters=[7]),
     "the parameters of start_query_execution are invalid: ExecutionParameters[0] must be a string, got int 7; correct it"),
    (lambda it: query(it, work_group="analysts"),
     "work_group must be an IWorkGroupRef, such as an aws_athena.CfnWorkGroup, got str 'analysts'; use CfnWorkGroup.from_work_group_name(...) for an existing one"),
    (lambda it: query(it, sources=[it.bucket]),
     "an entry of sources must be a DataSource, got DataBucket; use DataSource.from_bucket(...)"),
    (lambda it: query(it, sources=[DataSource.from_asset(it.write("rows.parquet"))]),
     "sources must be data in buckets, where tables are, got local files; use DataSource.from_bucket(...)"),
    (lambda it: query(it, result_reuse_max_age=Duration.minutes(7 * 24 * 60 + 1)),
     "result_reuse_max_age must be in whole minutes, at least one, at most 7 days, got 7 days 1 minute; correct it"),
    (lambda it: query(it, result_reuse_max_age=60),
     "result_reuse_max_age must be a Duration, got int 60; use Duration.minutes(...)"),
    (lambda it: query(it, result_reuse_max_age=Duration.days(8)),
     "result_reuse_max_age must be in whole minutes, at least one, at most 7 days, got 8 days; correct it"),
    (lambda it: query(it, result_reuse_max_age=Duration.seconds(90)),
     "result_reuse_max_age must be in whole minutes, at least one, at most 7 days, got 1 minute 30 seconds; correct it"),
    (lambda it: query(it, query_string="SELECT '" + "a" * 80_000 + "'"),
     "the parameters, files and trigger of a job must take at most 80,000 bytes, because the request to change it has the old ones, too, got ..."),
    (lambda it: query(it, encryption_option="SSE_S3"),
     "encryption_option must be EncryptionOption.SSE_S3, EncryptionOption.SSE_KMS or EncryptionOption.CSE_KMS, got 'SSE_S3'"),
    (lambda it: query(it, s3_acl_option="BUCKET_OWNER_FULL_CONTROL"),
     "s3_acl_option must be S3AclOption.BUCKET_OWNER_FULL_CONTROL, got 'BUCKET_OWNER_FULL_CONTROL'"),
    (lambda it: query(it, encryption_option=EncryptionOption.CSE_KMS),
     "encryption_option must be SSE_S3 where the destination has no encryption_key, and SSE_KMS or CSE_KMS where it has one, got EncryptionOption.CSE_KMS and none; correct either"),
    (lambda it: query(it, encryption_option=EncryptionOption.SSE_S3, destination=DataDestination.from_bucket(it.bucket, "out/", it.key)),
     "encryption_option must be SSE_S3 where the destination has no encryption_key, and SSE_KMS or CSE_KMS where it has one, got EncryptionOption.SSE_S3 and one; correct either"),
    (lambda it: query(it, destination=None, work_group=CfnWorkGroup.from_work_group_name(it.stack, "Group", "analysts"), encryption_option=EncryptionOption.SSE_S3),
     "encryption_option must be left out where the workgroup has the place of the results, got EncryptionOption.SSE_S3; remove it, or give a destination"),
    (lambda it: query(it, sources=DataSource.from_bucket(it.bucket, "orders/")),
     "sources must be a list of DataSource, got _BucketSource; put it into a list"),
    (lambda it: AwsJob(it.stack, "Job", definition=replace(CODEBUILD_BUILD, excluded_parameters={"logsConfigOverride": "logs stay"}), parameters={"projectName": "shop", "logsConfigOverride": {}}),
     "parameters must not have logsConfigOverride, because logs stay, got {}; remove it"),
    (lambda it: AwsJob(it.stack, "Job", definition=replace(CODEBUILD_BUILD, excluded_parameters={"logs": "they stay"}), parameters={"projectName": "shop"}),
     "excluded_parameters must name a parameter of start_build, got 'logs': there is no 'logs', but ..."),
    # Expressions
    (lambda it: import_users(it, job_name="{% $name %}", deploy_time=False).run_on_upload(),
     "the parameters of a job that runs on upload must not have an expression, which only as_jsonata_task evaluates, got '{% $name %}'; let a rule start a state machine with the task, or write a text otherwise"),
    (lambda it: execute(it, job_name="{% $name %}"),
     "the parameters of a job that runs when it is deployed must not have an expression, which only as_jsonata_task evaluates, got '{% $name %}'; set deploy_time=False, or write a text otherwise"),
    (lambda it: execute(it, input={"day": "{% $states.input.day %}"}),
     "input must be one expression of JSONata or have none, because it is a string for the service, got '{% $states.input.day %}' in it; use '{% $string({...}) %}'"),
    (lambda it: execute(it, input="{% $string($states.input) %}"),
     "the parameters of a job that runs when it is deployed must not have an expression, which only as_jsonata_task evaluates, got '{% $string($states.input) %}'; set deploy_time=False, or write a text otherwise"),
    (lambda it: query(it, execution_parameters=["{% $day %}"]),
     "the parameters of a job that runs when it is deployed must not have an expression, which only as_jsonata_task evaluates, got '{% $day %}'; set deploy_time=False, or write a text otherwise"),
    (lambda it: query(it, execution_parameters=["{% $day %}"], deploy_time=False).run_on_schedule(ScheduleExpression.rate(Duration.days(1))),
     "the parameters of a job that runs on a schedule must not have an expression, which only as_jsonata_task evaluates, got '{% $day %}'; let the schedule start a state machine with the task, or write a text otherwise"),
    (lambda it: query(it, execution_parameters=["{% $day %}"], deploy_time=False).as_task(it.stack, "Task"),
     "the parameters of a job that runs as a task in JSONPath must not have an expression, which only as_jsonata_task evaluates, got '{% $day %}'; use a state machine in JSONata, or write a text otherwise"),
    # Statements
    (lambda it: Statement(it.stack, "Job", database="dev", sql="SELECT 1"),
     "a statement must have either a cluster or a workgroup, got neither; give one"),
    (lambda it: run_statement(it, cluster=cluster(it), workgroup=workgroup(it)),
     "a statement must have either a cluster or a workgroup, got both; give one"),
    (lambda it: run_statement(it, cluster="shop"),
     "cluster must be an IClusterRef, such as a CfnCluster, got str 'shop'; use Cluster.from_cluster_identifier(...) for an existing one"),
    (lambda it: run_statement(it, workgroup="shop"),
     "workgroup must be an IWorkgroupRef, such as a CfnWorkgroup, got str 'shop'; use Workgroup.from_workgroup_name(...) for an existing one"),
    (lambda it: Cluster.from_cluster_identifier(it.stack, "Cluster", "arn:aws:redshift"),
     "cluster_identifier must be an id of letters, digits, hyphens and underscores, got 'arn:aws:redshift'"),
    (lambda it: Workgroup.from_workgroup_name(it.stack, "Workgroup", "arn:aws:redshift-serverless"),
     "workgroup_name must be an id of letters, digits, hyphens and underscores, got 'arn:aws:redshift-serverless'"),
    (lambda it: run_statement(it, sql=None),
     "a statement must have either sql or sqls, got neither; give one"),
    (lambda it: run_statement(it, sql="SELECT 1", sqls=["SELECT 1"]),
     "a statement must have either sql or sqls, got both; give one"),
    (lambda it: run_statement(it, sqls="SELECT 1"),
     "sqls must be a list of statements, got the string 'SELECT 1'; use sql"),
    (lambda it: run_statement(it, sqls=["SELECT 1", ""]),
     "sqls[1] must have SQL, got an empty string"),
    (lambda it: run_statement(it, sqls=["SELECT 1"] * 41),
     "the parameters of batch_execute_statement are invalid: Sqls must have 1 to 40 entries, got ..."),
    (lambda it: run_statement(it, database=None),
     "database must be a string, got NoneType"),
    (lambda it: run_statement(it, with_event=1),
     "with_event must be True or False, got int 1"),
    (lambda it: run_statement(it, result_format="CSV"),
     "result_format must be ResultFormat.JSON or ResultFormat.CSV, got 'CSV'"),
    (lambda it: run_statement(it, sqls=["SELECT 1"], execution_mode="TRANSACTION"),
     "execution_mode must be ExecutionMode.TRANSACTION or ExecutionMode.AUTO_COMMIT, got 'TRANSACTION'"),
    (lambda it: run_statement(it, execution_mode=ExecutionMode.AUTO_COMMIT),
     "execution_mode must be left out where there is one statement, sql, got ExecutionMode.AUTO_COMMIT; use sqls"),
    (lambda it: run_statement(it, secret="arn"),  # noqa: S106 - no secret
     "secret must be an ISecret, got str 'arn'; use aws_secretsmanager.Secret.from_secret_complete_arn(...) for an existing one"),
    (lambda it: run_statement(it, secret=secretsmanager.Secret(it.stack, "Secret"), db_user="loader"),
     "db_user must be left out where there is a secret, which has the user, got 'loader'; remove it"),
    (lambda it: run_statement(it, workgroup=workgroup(it), db_user="loader"),
     "db_user must be left out where there is a workgroup, whose user is the function's role, got 'loader'; remove it"),
    (lambda it: run_statement(it, sql=f"CREATE USER loader PASSWORD '{secret(it)}'"),
     "a statement and its parameters must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; give the database a secret in another way"),
    (lambda it: run_statement(it, parameters={"password": secret(it)}),
     "a statement and its parameters must not have the value of a secret, which anyone who may describe the job could read, got a reference {{resolve:secretsmanager:...}}; give the database a secret in another way"),
    (lambda it: run_statement(it, parameters={"day": dt.date(2026, 1, 1)}),
     "a value in parameters must be a string, a number, a boolean, a list, a dict, a datetime or a token, got date for 'parameters.day'"),
    (lambda it: run_statement(it, parameters={"year": ""}),
     "the parameters of execute_statement are invalid: Parameters[0].value must have ..."),
]
# fmt: on


@pytest.mark.parametrize(("declare", "message"), REFUSALS, ids=[message[:70] for _, message in REFUSALS])
def test_what_cannot_work_is_refused(
    declare: Callable[[Any], object], message: str, stack: cdk.Stack, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError) as refused:
        declare(Given(stack, tmp_path))

    said = str(refused.value).replace(str(tmp_path), "<folder>")
    assert said == message or (message.endswith("...") and said.startswith(message.removesuffix("...")))
