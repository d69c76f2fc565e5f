"""The function and the state machine that run the jobs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match, Template

from cdk_data_jobs import DataJobRunner, DataSource, personalize

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]
Cycles = Callable[[dict[str, Any]], list[str]]


def test_a_runner_is_six_resources(stack: cdk.Stack, resources: Resources) -> None:
    DataJobRunner(stack, "Runner")

    assert sorted(resource["Type"] for resource in resources(stack).values()) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::StepFunctions::StateMachine",
    ]


def test_a_stack_has_one_runner(stack: cdk.Stack) -> None:
    runner = DataJobRunner.of(stack)

    assert DataJobRunner.of(cdk.CfnOutput(stack, "Output", value="x")) is runner
    assert runner.node.path == "Shop/DataJobRunner"


def test_a_first_job_adds_eleven_resources_and_another_one_one(
    import_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    import_job("First")
    import_job("Second", source=DataSource.from_bucket(bucket, "more/"))

    # The bucket; the runner; service role, its policy, the bucket's and the kind's; the jobs.
    assert len(resources(stack)) == 1 + 6 + 4 + 2


def test_what_the_function_may_do(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    import_job()

    allow = {"Effect": "Allow"}
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyName": "DataJobs",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        **allow,
                        "Action": ["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"],
                        "Resource": {"Ref": "AWS::StackId"},
                    },
                    {
                        **allow,
                        "Action": "iam:PassRole",
                        "Condition": {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}},
                        "Resource": {"Fn::GetAtt": ["DataJobAccessPersonalizeReadDataRole292F5743", "Arn"]},
                    },
                    {
                        **allow,
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": {"Fn::GetAtt": ["DataJobRunnerLogGroupE0436974", "Arn"]},
                    },
                    {
                        **allow,
                        "Action": "states:DescribeExecution",
                        "Resource": {
                            "Fn::Join": [
                                "",
                                [
                                    "arn:",
                                    {"Ref": "AWS::Partition"},
                                    ":states:",
                                    {"Ref": "AWS::Region"},
                                    ":",
                                    {"Ref": "AWS::AccountId"},
                                    ":execution:",
                                    {"Fn::GetAtt": ["DataJobRunnerStateMachine0EB03797", "Name"]},
                                    ":*",
                                ],
                            ]
                        },
                    },
                    {
                        **allow,
                        "Action": ["states:StartExecution", "states:ListExecutions"],
                        "Resource": {"Ref": "DataJobRunnerStateMachine0EB03797"},
                    },
                ],
            },
        },
    )
    kind = resources(stack)["DataJobRunnerPersonalizeDatasetImportJob365CFDF9"]["Properties"]["PolicyDocument"]
    create, describe = kind["Statement"]
    assert (create["Action"], describe["Action"]) == (
        "personalize:CreateDatasetImportJob",
        "personalize:DescribeDatasetImportJob",
    )
    assert [":dataset-import-job/*" in str(arn) for arn in create["Resource"]] == [True, False]
    assert [":dataset/*" in str(arn) for arn in create["Resource"]] == [False, True]
    assert ":dataset-import-job/*" in str(describe["Resource"])


def test_with_files_the_function_may_copy_exactly_those(
    import_job: Declare, stack: cdk.Stack, write: Callable[..., Any]
) -> None:
    import_job(source=DataSource.from_asset(write("users.csv")))

    staging = {"Fn::GetAtt": ["DataJobStagingBE8AF450", "Arn"]}
    reading = {
        "Action": "s3:GetObject",
        "Effect": "Allow",
        "Resource": {"Fn::Join": ["", Match.array_with([Match.string_like_regexp(r"^/[0-9a-f]{64}\.csv$")])]},
    }
    copying = {
        "Action": ["s3:PutObject", "s3:DeleteObject"],
        "Effect": "Allow",
        "Resource": {"Fn::Join": ["", [staging, "/*"]]},
    }
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::IAM::Policy", {"PolicyName": "DataJobs", "PolicyDocument": {"Statement": Match.array_with([reading])}}
    )
    template.has_resource_properties("AWS::IAM::Policy", {"PolicyDocument": {"Statement": [copying]}})


def test_the_state_machine_may_invoke_the_function_and_nothing_else(stack: cdk.Stack, resources: Resources) -> None:
    DataJobRunner.of(stack)

    (role,) = (role["Properties"] for role in resources(stack, "AWS::IAM::Role").values() if "states." in str(role))
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": ["DataJobRunnerFunctionBAF5B0E5", "Arn"]},
        }
    ]
    assert "ManagedPolicyArns" not in role


def test_a_runner_of_another_stack_gets_its_permissions_from_the_jobs_stack(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, resources: Resources
) -> None:
    shared = cdk.Stack(app, "Shared")
    runner = DataJobRunner(shared, "Runner")
    import_job(runner=runner)

    ours, theirs = resources(stack), resources(shared)
    assert sorted(resource["Type"] for resource in ours.values()) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Policy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        JOB_TYPE,
    ]
    assert "personalize" not in str(theirs)
    names = sorted((name for name in ours if "RunnerShared" in name), key=len)
    shared, kind = (ours[name]["Properties"] for name in names)
    assert "Fn::ImportValue" in shared["Roles"][0]
    assert "Fn::ImportValue" in kind["Roles"][0]
    assert "personalize:CreateDatasetImportJob" in str(kind)
    assert {"Ref": "AWS::StackId"} in [s["Resource"] for s in shared["PolicyDocument"]["Statement"]]
    assert [dependency.stack_name for dependency in stack.dependencies] == ["Shared"]


def test_a_nested_stack_has_a_runner_of_its_own(import_job: Declare, app: cdk.App, stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    import_job(scope=nested)

    app.synth()
    assert nested.node.try_find_child("DataJobRunner")
    assert not stack.node.try_find_child("DataJobRunner")


def test_a_nested_stack_may_use_its_parents_runner(import_job: Declare, app: cdk.App, stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    import_job(scope=nested, runner=DataJobRunner.of(stack))
    import_job("Outside")

    app.synth()
    assert not nested.node.try_find_child("DataJobRunner")


def templates(app: cdk.App) -> dict[str, dict[str, Any]]:
    """The templates of an app's nested stacks, by the ids of their stacks."""
    folder = Path(app.synth().directory)
    return {path.name.split(".")[0]: json.loads(path.read_text()) for path in folder.glob("*.nested.template.json")}


def test_the_function_may_ask_for_the_status_of_a_nested_stack(
    import_job: Declare, app: cdk.App, stack: cdk.Stack
) -> None:
    import_job(scope=cdk.NestedStack(stack, "Nested"), runner=DataJobRunner.of(stack))

    (nested,) = templates(app).values()
    statements = [
        statement
        for one in nested["Resources"].values()
        if one["Type"] == "AWS::IAM::Policy"
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]
    # In the template of a nested stack this is the nested stack's own id, which is the one that requests carry.
    actions = ["cloudformation:DescribeStacks", "cloudformation:DescribeStackResource"]
    asking = [one for one in statements if "cloudformation:" in str(one["Action"])]
    assert asking == [{"Action": actions, "Effect": "Allow", "Resource": {"Ref": "AWS::StackId"}}]


def test_a_runner_of_a_nested_stack_serves_its_parent_and_its_siblings(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, cycles: Cycles
) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    runner = DataJobRunner.of(nested)
    import_job("Inside", scope=nested, runner=runner)
    import_job("Outside", runner=runner)
    import_job("Beside", scope=cdk.NestedStack(stack, "Sibling"), runner=runner)

    found = templates(app)
    assert cycles(app.synth().get_stack_by_name("Shop").template) == []
    functions = [
        one for template in found.values() for one in template["Resources"].values() if "Lambda" in one["Type"]
    ]
    assert len(functions) == 1


def test_a_nested_stack_may_use_what_its_parent_declares(
    app: cdk.App, stack: cdk.Stack, declared_dataset: Any, cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=key)
    nested = cdk.NestedStack(stack, "Nested")
    for runner in (None, DataJobRunner.of(stack)):
        personalize.DatasetImportJob(
            nested,
            f"Import{runner is None}",
            dataset=declared_dataset,
            source=DataSource.from_bucket(bucket, "users/"),
            runner=runner,
        )

    assert cycles(app.synth().get_stack_by_name("Shop").template) == []


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return policy["Properties"]["PolicyDocument"]["Statement"]


def test_the_first_runner_of_a_stack_may_be_declared_with_options(import_job: Declare, stack: cdk.Stack) -> None:
    runner = DataJobRunner(stack, "DataJobRunner", tracing_enabled=True)

    assert import_job().runner is runner


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


def test_a_job_waits_for_all_that_a_runner_of_another_stack_may_do_in_its_own(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, resources: Resources
) -> None:
    import_job(runner=DataJobRunner(cdk.Stack(app, "Central"), "Runner"))

    (job,) = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    assert {*resources(stack, "AWS::IAM::Policy")} <= {*job["DependsOn"]}


def test_the_role_of_schedules_has_the_boundary_of_their_runner(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    job = import_job(runner=DataJobRunner(stack, "Runner", permissions_boundary=boundary))
    job.run_on_schedule(scheduler.ScheduleExpression.rate(cdk.Duration.days(1)))

    roles = resources(stack, "AWS::IAM::Role").values()
    (of_schedules,) = (role for role in roles if "scheduler.amazonaws.com" in str(role))
    assert "boundary" in str(of_schedules["Properties"]["PermissionsBoundary"])


def test_a_folder_of_a_nested_stack_is_the_same_in_each_synthesis(write: Callable[..., Path]) -> None:
    file = write("users.csv") / "users.csv"

    def target() -> str:
        nested = cdk.NestedStack(cdk.Stack(cdk.App(), "Shop"), "Nested")
        staging = s3.Bucket.from_bucket_name(nested, "Staging", "staging")
        runner = DataJobRunner(nested, "Runner", staging_bucket=staging)
        dataset = personalize.Dataset.from_dataset_arn(nested, "Users", "arn:aws:personalize:r:a:dataset/shop/USERS")
        source = DataSource.from_asset(file)
        personalize.DatasetImportJob(nested, "Import", dataset=dataset, source=source, runner=runner)
        (job,) = Template.from_stack(nested).find_resources("Custom::PersonalizeDatasetImportJob").values()
        return str(job["Properties"]["Files"][0]["Target"])

    assert target() == target()


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


def test_copies_may_go_to_another_bucket(
    import_job: Declare, stack: cdk.Stack, resources: Resources, write: Callable[..., Any], cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    staging = s3.Bucket(stack, "Staging", encryption_key=key)
    runner = DataJobRunner(stack, "Runner", staging_bucket=staging)
    import_job(source=DataSource.from_asset(write("users.csv") / "users.csv"), runner=runner)

    found = resources(stack)
    (job,) = resources(stack, JOB_TYPE).values()
    assert not stack.node.try_find_child("DataJobStaging")
    assert str(job["Properties"]["Files"]).count("/data-jobs/") == 1
    (policy,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if name.startswith("RunnerCopies"))
    arns = {str(one["Action"]): str(one["Resource"]) for one in statements(policy)}
    assert "/data-jobs/*" in arns["['s3:PutObject', 's3:DeleteObject']"]
    assert stack.resolve(key.key_arn)["Fn::GetAtt"][0] in arns["['kms:Decrypt', 'kms:GenerateDataKey']"]
    (service,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if "PersonalizeRead" in name)
    assert "kms:Decrypt" in str(service)
    assert cycles({"Resources": found}) == []


def test_what_is_uploaded_may_be_gathered_in_another_bucket(
    import_job: Declare, stack: cdk.Stack, resources: Resources, cycles: Cycles
) -> None:
    key = kms.Key(stack, "Key")
    staging = s3.Bucket(stack, "Staging", encryption_key=key)
    import_job(runner=DataJobRunner(stack, "Runner", staging_bucket=staging)).run_on_upload()

    (policy,) = (one for name, one in resources(stack, "AWS::IAM::Policy").items() if name.startswith("RunnerCopies"))
    allowed = [(one["Action"], one["Resource"]) for one in statements(policy)]
    assert (["kms:Decrypt", "kms:GenerateDataKey"], stack.resolve(key.key_arn)) in allowed
    assert cycles({"Resources": resources(stack)}) == []


def test_jobs_of_several_stacks_have_folders_of_their_own_in_one_bucket(
    import_job: Declare, app: cdk.App, stack: cdk.Stack, write: Callable[..., Any]
) -> None:
    runner = DataJobRunner(stack, "Runner", staging_bucket=s3.Bucket(stack, "Staging"))
    file = write("users.csv") / "users.csv"
    stacks = [stack, cdk.Stack(app, "More")]
    scopes = [*stacks, cdk.NestedStack(stack, "Nested")]
    for scope in scopes:
        dataset = personalize.Dataset.from_dataset_arn(scope, "Readers", ARN)
        import_job(scope=scope, dataset=dataset, source=DataSource.from_asset(file), runner=runner)

    assembly = app.synth()
    found = [str(assembly.get_stack_by_name(one.stack_name).template) for one in stacks]
    found += [path.read_text() for path in Path(assembly.directory).glob("*.nested.template.json")]
    folders = [set(re.findall(r"data-jobs/(\w{8})/", text)) for text in found]
    assert [len(one) for one in folders][1:] == [1, 1]
    assert len(set().union(*folders)) == 3


def test_the_function_ships_nothing_but_its_code(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    DataJobRunner(cdk.Stack(app, "Shop"), "Runner")
    app.synth()
    [asset] = [path for path in tmp_path.glob("asset.*") if path.is_dir()]

    assert [path.name for path in asset.iterdir()] == ["data_jobs"]
