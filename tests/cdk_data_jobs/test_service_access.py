"""Service roles, and the policies of buckets and keys."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

from cdk_data_jobs import DataDestination, DataSource, personalize, pinpoint

ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/USERS"
KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants"]
DATA_ARN = {"Fn::GetAtt": ["Data666C94C7", "Arn"]}
SERVICE = {"Service": "personalize.amazonaws.com"}
Declare = Callable[..., personalize.DatasetImportJob]
Resources = Callable[..., dict[str, Any]]


def under(prefix: str) -> dict[str, Any]:
    return {"Fn::Join": ["", [DATA_ARN, prefix]]}


def added(warning: str) -> list[dict[str, Any]]:
    return json.loads(warning[warning.index("\n") : warning.index("[ack")])


def test_the_role_trusts_the_service_for_this_account_alone(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    job = import_job()

    role = resources(stack, "AWS::IAM::Role")[stack.resolve(job.role.role_arn)["Fn::GetAtt"][0]]
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    pseudo = [{"Ref": f"AWS::{name}"} for name in ("Partition", "Region", "AccountId")]
    source = ["arn:", pseudo[0], ":personalize:", pseudo[1], ":", pseudo[2], ":*"]
    assert statement == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": SERVICE,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            "StringLike": {"aws:SourceArn": {"Fn::Join": ["", source]}},
        },
    }


@pytest.mark.parametrize(
    ("key", "objects"), [("users/", "/users/*"), ("2026/users.csv", "/2026/users.csv"), ("users", "/users")]
)
def test_role_and_bucket_allow_the_same(
    import_job: Declare, bucket: s3.Bucket, resources: Resources, key: str, objects: str
) -> None:
    import_job(source=DataSource.from_bucket(bucket, key))

    statements = [
        {"Action": "s3:GetObject", "Effect": "Allow", "Resource": under(objects)},
        {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": DATA_ARN},
    ]
    role_policy = resources(bucket.stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeReadDataPolicyCA930971"]
    (bucket_policy,) = resources(bucket.stack, "AWS::S3::BucketPolicy").values()
    assert role_policy["Properties"]["PolicyDocument"]["Statement"] == statements
    assert bucket_policy["Properties"]["PolicyDocument"]["Statement"] == [
        {**statement, "Principal": SERVICE} for statement in statements
    ]


def test_the_wildcard_of_a_folder_has_its_reason(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    import_job()

    assert resources(stack)
    access = stack.node.find_child("DataJobAccess").node.find_child("PersonalizeReadData")
    metadata = access.node.find_child("Policy").node.find_child("Resource").node.metadata
    reasons = {reason for entry in metadata if isinstance(entry.data, dict) for reason in entry.data.values()}
    assert "The service uses every object of the job's folder." in reasons


def test_jobs_on_a_bucket_share_a_role_and_repeat_no_prefix(
    import_job: Declare, bucket: s3.Bucket, stack: cdk.Stack, resources: Resources
) -> None:
    jobs = [
        import_job(f"Import{number}", source=DataSource.from_bucket(bucket, prefix))
        for number, prefix in enumerate(("users/", "items/", "users/"))
    ]

    assert len({json.dumps(stack.resolve(job.role.role_arn)) for job in jobs}) == 1
    role_policy = resources(stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeReadDataPolicyCA930971"]
    (bucket_policy,) = resources(stack, "AWS::S3::BucketPolicy").values()
    for policy in (role_policy, bucket_policy):
        objects, listing = policy["Properties"]["PolicyDocument"]["Statement"]
        assert objects["Resource"] == [under("/items/*"), under("/users/*")]
        assert listing["Resource"] == DATA_ARN


def test_another_bucket_has_another_role(import_job: Declare, stack: cdk.Stack) -> None:
    one = import_job("One")
    other = import_job("Other", source=DataSource.from_bucket(s3.Bucket(stack, "More"), "users/"))

    assert one.role is not other.role


def test_a_given_role_gets_the_same_policy(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
    job = import_job(role=role)

    assert job.role is role
    policy = resources(stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeReadDataPolicyRole16AA321E"]
    assert policy["Properties"]["Roles"] == [{"Ref": "Role1ABCC5F0"}]
    assert [statement["Action"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]] == [
        "s3:GetObject",
        "s3:ListBucket",
    ]
    assert len(resources(stack, "AWS::IAM::Role")) == 3


def test_an_encrypted_bucket_in_the_same_stack(import_job: Declare, stack: cdk.Stack, resources: Resources) -> None:
    bucket = s3.Bucket(stack, "Encrypted", encryption=s3.BucketEncryption.KMS)
    import_job(source=DataSource.from_bucket(bucket, "users/"))

    ((key_id, key),) = resources(stack, "AWS::KMS::Key").items()
    role_id = "DataJobAccessPersonalizeReadEncryptedRole0DE7EF81"
    assert key["Properties"]["KeyPolicy"]["Statement"][1:] == [
        {
            "Action": [*KEY_ACTIONS, "kms:CreateGrant"],
            "Effect": "Allow",
            "Principal": {**SERVICE, "AWS": {"Fn::GetAtt": [role_id, "Arn"]}},
            "Resource": "*",
        }
    ]
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "Roles": [{"Ref": role_id}],
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [{"Action": KEY_ACTIONS, "Effect": "Allow", "Resource": {"Fn::GetAtt": [key_id, "Arn"]}}]
                )
            },
        },
    )


def test_bucket_key_dataset_and_job_in_stacks_of_their_own(import_job: Declare, app: cdk.App) -> None:
    keys, buckets, datasets, jobs = (cdk.Stack(app, name) for name in ("Keys", "Buckets", "Datasets", "Jobs"))
    key = kms.Key(keys, "Key")
    bucket = s3.Bucket(buckets, "Bucket", encryption_key=key)
    dataset = cdk.aws_personalize.CfnDataset(
        datasets, "Users", name="users", dataset_type="Users", dataset_group_arn="arn", schema_arn="arn"
    )
    role = iam.Role(keys, "Role", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
    source = DataSource.from_bucket(bucket, "users/")
    import_job("One", scope=jobs, dataset=dataset, source=source)
    import_job("Two", scope=jobs, dataset=dataset, source=source, role=role)

    assembly = app.synth()
    assert sorted(stack.stack_name for stack in jobs.dependencies) == ["Buckets", "Datasets", "Keys"]
    (key_resource,) = (
        value for value in assembly.get_stack_by_name("Keys").template["Resources"].values() if "Key" in value["Type"]
    )
    principals = key_resource["Properties"]["KeyPolicy"]["Statement"][-1]["Principal"]
    assert "personalize.amazonaws.com" in str(principals)
    assert ":root" in str(principals)


def test_an_imported_bucket_gets_a_warning_with_the_statements_to_add(import_job: Declare, stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Imported", "shop-data")
    for number, prefix in enumerate(("users/", "users/", "items/")):
        import_job(f"Import{number}", source=DataSource.from_bucket(bucket, prefix))

    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [warning.id for warning in warnings] == ["/Shop/Import0", "/Shop/Import2"]
    text = warnings[0].entry.data
    assert text.startswith("the policy of the bucket shop-data cannot be changed from this app, so make sure that")
    assert text.endswith("[ack: cdk-data-jobs:bucketPolicy]")
    allow = {"Effect": "Allow", "Principal": SERVICE}
    assert added(text) == [
        {**allow, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop-data/users/*"},
        {**allow, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::shop-data"},
    ]


def test_imported_keys_and_roles_get_warnings_too(import_job: Declare) -> None:
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(account="111122223333", region="cn-north-1"))
    key_arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/1"
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Data", bucket_name="shop", encryption_key=kms.Key.from_key_arn(stack, "Key", key_arn)
    )
    options = {
        "scope": stack,
        "dataset": personalize.Dataset.from_dataset_arn(
            stack, "Users", "arn:aws-cn:personalize:cn-north-1:111122223333:dataset/shop/USERS"
        ),
        "source": DataSource.from_bucket(bucket, "users/"),
    }
    role_arn = "arn:aws-cn:iam::111122223333:role/import"
    import_job("Made", **options)
    import_job("Given", **options, role=iam.Role.from_role_arn(stack, "Role", role_arn, mutable=False))

    texts = [
        (warning.id, warning.entry.data)
        for warning in Annotations.from_stack(stack).find_warning("*", Match.any_value())
    ]
    key = {"Effect": "Allow", "Action": [*KEY_ACTIONS, "kms:CreateGrant"], "Resource": "*"}
    assert [(id_, added(text)) for id_, text in texts if f"the policy of the key {key_arn} cannot" in text] == [
        ("/Shop/Made", [{**key, "Principal": {**SERVICE, "AWS": "arn:aws-cn:iam::111122223333:root"}}]),
        ("/Shop/Given", [{**key, "Principal": {**SERVICE, "AWS": role_arn}}]),
    ]
    ((id_, text),) = ((id_, text) for id_, text in texts if f"the policies of the role {role_arn} cannot" in text)
    assert id_ == "/Shop/Given"
    assert added(text) == [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::shop/users/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws-cn:s3:::shop"},
        {"Effect": "Allow", "Action": KEY_ACTIONS, "Resource": key_arn},
    ]


def test_an_imported_role_that_can_be_changed_gets_the_policy(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    import_job(role=iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/import"))

    policy = resources(stack, "AWS::IAM::Policy")["DataJobAccessPersonalizeReadDataPolicyRole16AA321E"]
    assert policy["Properties"]["Roles"] == ["import"]
    assert policy["Properties"]["PolicyName"].startswith("Shop")
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


def test_a_role_that_cannot_be_changed_gets_a_warning_for_each_folder_and_no_other(
    import_job: Declare, stack: cdk.Stack, bucket: s3.Bucket
) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/import", mutable=False)
    for number, prefix in enumerate(("users/", "users/", "items/", "users/")):
        import_job(f"Import{number}", source=DataSource.from_bucket(bucket, prefix), role=role)

    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [warning.id for warning in warnings] == ["/Shop/Import0", "/Shop/Import2"]
    assert all(warning.entry.data.endswith("[ack: cdk-data-jobs:rolePolicy]") for warning in warnings)


def test_a_job_with_a_role_that_cannot_be_changed_waits_for_the_policy_of_its_bucket(
    import_job: Declare, stack: cdk.Stack, resources: Resources
) -> None:
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/import", mutable=False)
    import_job(role=role)

    (bucket_policy,) = resources(stack, "AWS::S3::BucketPolicy")
    (job,) = resources(stack, "Custom::PersonalizeDatasetImportJob").values()
    assert bucket_policy in job["DependsOn"]


def test_a_key_of_another_app_gets_one_warning_for_all_jobs_of_a_role(import_job: Declare, stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1")
    bucket = s3.Bucket(stack, "Encrypted", encryption_key=key)
    for number, prefix in enumerate(("users/", "items/")):
        import_job(f"Import{number}", source=DataSource.from_bucket(bucket, prefix))

    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [warning.id for warning in warnings] == ["/Shop/Import0"]
    assert str(warnings[0].entry.data).endswith("[ack: cdk-data-jobs:keyPolicy]")


def exports(stack: cdk.Stack, bucket: s3.Bucket, key: kms.IKey, **options: Any) -> None:
    """Two exports to a bucket with a key, one of them of a dataset group with the same key, which needs more."""
    group = cdk.aws_personalize.CfnDatasetGroup(stack, "Group", name="shop", kms_key_arn=key.key_arn, role_arn="arn")
    for name, group_arn in (("One", "arn"), ("Two", group.attr_dataset_group_arn)):
        dataset = cdk.aws_personalize.CfnDataset(
            stack, f"{name}Users", name=name, dataset_type="Users", dataset_group_arn=group_arn, schema_arn="arn"
        )
        destination = DataDestination.from_bucket(bucket, "out/")
        personalize.DatasetExportJob(stack, name, dataset=dataset, destination=destination, **options)


def test_a_key_is_allowed_what_each_use_of_it_needs(stack: cdk.Stack, resources: Resources) -> None:
    key = kms.Key(stack, "Key")
    exports(stack, s3.Bucket(stack, "Encrypted", encryption_key=key), key)

    (resource,) = resources(stack, "AWS::KMS::Key").values()
    allowed = resource["Properties"]["KeyPolicy"]["Statement"][1:]
    grant, more = "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"
    assert [one["Action"] for one in allowed] == [[*KEY_ACTIONS, grant], [*KEY_ACTIONS, grant, more]]
    assert allowed[0]["Principal"] == allowed[1]["Principal"]


def test_a_role_that_cannot_be_changed_gets_a_warning_for_each_use_of_a_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/export", mutable=False)
    exports(stack, s3.Bucket(stack, "Encrypted", encryption_key=key), key, role=role)

    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("the policies of the role"))
    assert [warning.id for warning in warnings] == ["/Shop/One", "/Shop/Two"]


def test_a_made_role_is_not_trusted_for_what_jobs_with_roles_of_their_own_are_for(
    stack: cdk.Stack, bucket: s3.Bucket, resources: Resources
) -> None:
    theirs = iam.Role(stack, "Theirs", assumed_by=iam.ServicePrincipal("pinpoint.amazonaws.com"))
    roles: dict[str, iam.IRole | None] = {"one": theirs, "two": None}
    for name, role in roles.items():
        pinpoint.ImportJob(
            stack,
            name,
            application=pinpoint.App.from_application_id(stack, f"App{name}", name),
            source=DataSource.from_bucket(bucket, "in/"),
            format=pinpoint.Format.CSV,
            role=role,
        )

    (made,) = (one for name, one in resources(stack, "AWS::IAM::Role").items() if name.startswith("DataJobAccess"))
    (statement,) = made["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert str(statement["Condition"]["ArnLike"]["aws:SourceArn"]).count(":apps/") == 1
    assert ":apps/two" in str(statement["Condition"]["ArnLike"]["aws:SourceArn"])


def test_a_role_that_iam_would_refuse_stops_the_synthesis(import_job: Declare, bucket: s3.Bucket, app: cdk.App) -> None:
    for number in range(40):
        import_job(f"Import{number}", source=DataSource.from_bucket(bucket, f"{number:0230}/"))

    remedy = "use fewer prefixes, or give some of the jobs a role of their own"
    with pytest.raises(RuntimeError, match=rf"policies must have at most 10240 characters, got about \d+; {remedy}$"):
        app.synth()


def test_the_policys_name_is_no_longer_than_iam_takes(app: cdk.App, import_job: Declare, resources: Resources) -> None:
    stack = cdk.Stack(app, "Of" + "Long" * 25)
    bucket = s3.Bucket(stack, "Data" * 25)
    import_job(scope=stack, source=DataSource.from_bucket(bucket, "users/"))

    names = [policy["Properties"]["PolicyName"] for policy in resources(stack, "AWS::IAM::Policy").values()]
    assert max(map(len, names)) == 128
