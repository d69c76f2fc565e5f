"""The options of a runner: where its function is, what it may use, and what encrypts its data."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match

from cdk_data_jobs import DataJobRunner, DataSource, personalize

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]
Cycles = Callable[[dict[str, Any]], list[str]]


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return policy["Properties"]["PolicyDocument"]["Statement"]


def test_in_a_vpc_the_function_has_what_lambda_checks_when_it_makes_it(stack: cdk.Stack, resources: Resources) -> None:
    subnets = ["subnet-1", "subnet-2"]
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a", "b"], private_subnet_ids=subnets
    )
    DataJobRunner(stack, "Runner", vpc=vpc)

    ((id_, policy),) = (item for item in resources(stack, "AWS::IAM::Policy").items() if "ec2:" in str(item))
    (function,) = resources(stack, "AWS::Lambda::Function").values()
    (group,) = resources(stack, "AWS::EC2::SecurityGroup")
    assert function["Properties"]["VpcConfig"]["SubnetIds"] == subnets
    assert id_ in function["DependsOn"]
    assert str(policy["Properties"]["Roles"]).count("RunnerRole") == 1
    on_all, on_interfaces, on_place = sorted(statements(policy), key=lambda one: len(str(one["Resource"])))
    assert on_all["Resource"] == "*"
    assert on_all["Action"] == ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    assert str(on_interfaces["Resource"]).count(":network-interface/*") == 1
    assert on_place["Action"] == "ec2:CreateNetworkInterface"
    assert [part for part in (*subnets, group) if part not in str(on_place["Resource"])] == []


def test_security_groups_and_subnets_can_be_chosen(stack: cdk.Stack, resources: Resources) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a"],
        private_subnet_ids=["subnet-1"],
        isolated_subnet_ids=["subnet-2"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    DataJobRunner(stack, "Runner", vpc=vpc, vpc_subnets=isolated, security_groups=[group])

    (function,) = resources(stack, "AWS::Lambda::Function").values()
    (policy,) = (one for one in resources(stack, "AWS::IAM::Policy").values() if "ec2:" in str(one))
    assert function["Properties"]["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-2"]}
    assert not resources(stack, "AWS::EC2::SecurityGroup")
    assert ":security-group/sg-1" in str(policy)
    assert "subnet-1" not in str(policy)


def test_the_log_group_can_be_given(stack: cdk.Stack, resources: Resources) -> None:
    group = logs.LogGroup(stack, "Theirs", retention=logs.RetentionDays.TEN_YEARS)
    DataJobRunner(stack, "Runner", log_group=group)

    ((id_, made),) = resources(stack, "AWS::Logs::LogGroup").items()
    (function,) = resources(stack, "AWS::Lambda::Function").values()
    (policy,) = resources(stack, "AWS::IAM::Policy").values()
    assert made["Properties"]["RetentionInDays"] == 3653
    assert function["Properties"]["LoggingConfig"] == {"LogGroup": {"Ref": id_}}
    assert {"Fn::GetAtt": [id_, "Arn"]} in [one["Resource"] for one in statements(policy)]


def test_a_key_encrypts_the_executions_and_the_log(stack: cdk.Stack, resources: Resources, cycles: Cycles) -> None:
    DataJobRunner(stack, "Runner", encryption_key=kms.Key(stack, "Key"))

    found = resources(stack)
    ((key, declared),) = resources(stack, "AWS::KMS::Key").items()
    (group,) = resources(stack, "AWS::Logs::LogGroup").values()
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine").values()
    (role,) = (one for one in resources(stack, "AWS::IAM::Role").values() if "states." in str(one))
    arn = {"Fn::GetAtt": [key, "Arn"]}
    assert group["Properties"]["KmsKeyId"] == arn
    assert machine["Properties"]["EncryptionConfiguration"]["KmsKeyId"] == arn
    (use,) = (one for one in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] if "kms:" in str(one))
    assert (use["Action"], use["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], arn)
    assert list(use["Condition"]["StringLike"]) == ["kms:EncryptionContext:aws:states:stateMachineArn"]
    (logging,) = (one for one in declared["Properties"]["KeyPolicy"]["Statement"] if "logs." in str(one))
    assert list(logging["Condition"]["ArnLike"]) == ["kms:EncryptionContext:aws:logs:arn"]
    assert "*" not in str(logging["Action"])
    assert cycles({"Resources": found}) == []


def test_of_a_key_of_another_app_a_warning_prints_the_statement(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1")
    DataJobRunner(stack, "Runner", encryption_key=key)

    Annotations.from_stack(stack).has_warning(
        "/Shop/Runner",
        Match.string_like_regexp(r"the policy of the key arn.*(.|\n)*kms:EncryptionContext:aws:logs:arn"),
    )


def test_tracing_traces_the_function_and_the_state_machine(stack: cdk.Stack, resources: Resources) -> None:
    DataJobRunner(stack, "Runner", tracing_enabled=True)

    (function,) = resources(stack, "AWS::Lambda::Function").values()
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine").values()
    allowed = [*resources(stack, "AWS::IAM::Policy").values(), *resources(stack, "AWS::IAM::Role").values()]
    assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}
    assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}
    assert [str(one).count("xray:PutTraceSegments") for one in allowed].count(1) == 2


def test_a_dead_letter_queue_may_be_sent_to(stack: cdk.Stack, resources: Resources) -> None:
    queue = sqs.Queue(stack, "Queue", encryption_master_key=kms.Key(stack, "Key"))
    DataJobRunner(stack, "Runner", dead_letter_queue=queue)

    ((id_, policy),) = (item for item in resources(stack, "AWS::IAM::Policy").items() if "sqs:" in str(item))
    (function,) = resources(stack, "AWS::Lambda::Function").values()
    (arn,) = ({"Fn::GetAtt": [name, "Arn"]} for name in resources(stack, "AWS::SQS::Queue"))
    (key,) = ({"Fn::GetAtt": [name, "Arn"]} for name in resources(stack, "AWS::KMS::Key"))
    assert function["Properties"]["DeadLetterConfig"] == {"TargetArn": arn}
    assert id_ in function["DependsOn"]
    assert [(one["Action"], one["Resource"]) for one in statements(policy)] == [
        (["kms:Decrypt", "kms:GenerateDataKey"], key),
        ("sqs:SendMessage", arn),
    ]


def test_concurrency_can_be_reserved(stack: cdk.Stack, resources: Resources) -> None:
    DataJobRunner(stack, "Runner", reserved_concurrent_executions=10)

    (function,) = resources(stack, "AWS::Lambda::Function").values()
    assert function["Properties"]["ReservedConcurrentExecutions"] == 10


def test_the_role_of_schedules_has_the_boundary_of_their_runner(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    job = import_job(runner=DataJobRunner(stack, "Runner", permissions_boundary=boundary))
    job.run_on_schedule(scheduler.ScheduleExpression.rate(cdk.Duration.days(1)))

    roles = resources(stack, "AWS::IAM::Role").values()
    (of_schedules,) = (role for role in roles if "scheduler.amazonaws.com" in str(role))
    assert "boundary" in str(of_schedules["Properties"]["PermissionsBoundary"])


def test_the_boundary_is_that_of_the_runners_own_jobs(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    import_job("Confined", runner=DataJobRunner(stack, "Runner", permissions_boundary=boundary))
    other = s3.Bucket(stack, "Other")
    import_job("Free", source=DataSource.from_bucket(other, "users/"))

    confined = [name for name, role in resources(stack, "AWS::IAM::Role").items() if "boundary" in str(role)]
    assert sorted(name[:-8] for name in confined) == [
        "DataJobAccessPersonalizeReadDataRole",
        "RunnerRole",
        "RunnerStateMachineRole",
    ]
