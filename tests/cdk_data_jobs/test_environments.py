"""Resources in other accounts and Regions than the job that uses them."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as cfn
from aws_cdk import aws_pinpoint as cfn_pinpoint
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from catalogue.jobs import (
    delete_users,
    export_endpoints,
    export_users,
    import_endpoints,
    import_users,
    invoke_model,
    recommend,
    segment,
    train,
)
from catalogue.shop import ACCOUNT, REGION, Shop

from cdk_data_jobs import DataDestination, DataSource
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize import Dataset, DatasetGroup, Field, Filter, Schema, Solution

OTHER_REGION, OTHER_ACCOUNT = "us-east-1", "999900001111"
ELSEWHERE = [(OTHER_REGION, ACCOUNT), (REGION, OTHER_ACCOUNT)]
PERSONALIZE = iam.ServicePrincipal("personalize.amazonaws.com")


class Places:
    """A shop in one place, and a stack in another one.

    Attributes:
        shop: The shop, where the jobs are.
        other: A stack in another account or Region.
        arn: The beginning of the ARNs of Amazon Personalize there.
    """

    def __init__(self, app: cdk.App, folder: Any, region: str, account: str) -> None:
        here = cdk.Environment(account=ACCOUNT, region=REGION)
        self.shop = Shop(cdk.Stack(app, "Shop", env=here), folder)
        self.other = cdk.Stack(app, "Other", env=cdk.Environment(account=account, region=region))
        self.region, self.account = region, account
        self.arn = f"arn:aws:personalize:{region}:{account}"

    def bucket(self, **options: Any) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(self.shop.stack, "B", bucket_name="their-data", **options)

    @property
    def key(self) -> kms.IKey:
        return kms.Key.from_key_arn(self.shop.stack, "K", f"arn:aws:kms:{self.region}:{self.account}:key/1")


def dataset(at: Places) -> Dataset:
    return Dataset.from_dataset_arn(at.shop.stack, "D", f"{at.arn}:dataset/shop/USERS")


def group(at: Places) -> DatasetGroup:
    return DatasetGroup.from_dataset_group_arn(at.shop.stack, "G", f"{at.arn}:dataset-group/shop")


def cfn_dataset(at: Places) -> cfn.CfnDataset:
    return cfn.CfnDataset(
        at.other, "D", name="d", dataset_type="Users", dataset_group_arn=f"{at.arn}:g", schema_arn=f"{at.arn}:s"
    )


def token(at: Places) -> str:
    return cfn.CfnSolution(at.other, "S", name="s", dataset_group_arn=f"{at.arn}:g").attr_solution_arn


NEVER: dict[str, tuple[str, Callable[[Places], object]]] = {
    "the dataset of an import": ("dataset", lambda at: import_users(at.shop, dataset=dataset(at))),
    "the dataset of an export": ("dataset", lambda at: export_users(at.shop, dataset=dataset(at))),
    "an L1 dataset": ("dataset", lambda at: import_users(at.shop, dataset=cfn_dataset(at))),
    "the group of a deletion": ("dataset_group", lambda at: delete_users(at.shop, dataset_group=group(at))),
    "the group of a dataset": (
        "dataset_group",
        lambda at: group(at).add_dataset("I", schema=Schema.items(A=Field.string())),
    ),
    "a schema": (
        "schema",
        lambda at: at.shop.dataset_group.add_dataset(
            "I", schema=Schema.from_schema_arn(at.shop.stack, "S", f"{at.arn}:schema/s")
        ),
    ),
    "a solution version": (
        "solution_version_arn",
        lambda at: recommend(at.shop, solution_version_arn=f"{at.arn}:solution/s/1"),
    ),
    "a solution version of a stack": (
        "solution_version_arn",
        lambda at: segment(at.shop, solution_version_arn=token(at)),
    ),
    "a solution": (
        "solution",
        lambda at: train(at.shop, solution=Solution.from_solution_arn(at.shop.stack, "S", f"{at.arn}:solution/s")),
    ),
    "a filter": (
        "filter",
        lambda at: segment(at.shop, filter=Filter.from_filter_arn(at.shop.stack, "F", f"{at.arn}:filter/f")),
    ),
    "the application of an import": (
        "application",
        lambda at: import_endpoints(at.shop, application=cfn_pinpoint.CfnApp(at.other, "A", name="a")),
    ),
    "the application of an export": (
        "application",
        lambda at: export_endpoints(at.shop, application=cfn_pinpoint.CfnApp(at.other, "A", name="a")),
    ),
}


@pytest.fixture(params=ELSEWHERE, ids=["region", "account"])
def places(request: pytest.FixtureRequest, app: cdk.App, tmp_path: Any) -> Places:
    return Places(app, tmp_path, *request.param)


@pytest.mark.parametrize("case", NEVER)
def test_what_a_service_has_in_one_place_is_refused_in_another(places: Places, case: str) -> None:
    argument, declare = NEVER[case]
    is_region = places.region != REGION
    name, own, other = ("Region", REGION, OTHER_REGION) if is_region else ("account", ACCOUNT, OTHER_ACCOUNT)

    with pytest.raises(
        ValidationError, match=f"^{argument} must be in the {name} of .*, {own}, got .* in {other}; use"
    ):
        declare(places)


ROLES: dict[str, Callable[[Places, iam.IRole], object]] = {
    "an import": lambda at, role: import_users(at.shop, role=role),
    "an AwsJob": lambda at, role: invoke_model(at.shop, role=role),
    "a group": lambda at, role: DatasetGroup(at.shop.stack, "G", encryption_key=at.shop.key, role=role),
}


@pytest.mark.parametrize("use", ROLES)
def test_a_role_without_a_name_is_refused_in_another_region_and_any_in_another_account(
    places: Places, use: str
) -> None:
    if places.region != REGION:
        message = "^role must have a name, because its stack is in another Region than .*, got Other/R without one"
    else:
        message = f"^role must be in the account of .*, {ACCOUNT}, because .*, got Other/R in {OTHER_ACCOUNT}"
    with pytest.raises(ValidationError, match=message):
        ROLES[use](places, iam.Role(places.other, "R", assumed_by=PERSONALIZE))


@pytest.mark.parametrize("use", ["an import", "a group"])  # the other job's bucket has no name
def test_a_role_with_a_name_may_be_of_a_stack_in_another_region(app: cdk.App, tmp_path: Any, use: str) -> None:
    at = Places(app, tmp_path, OTHER_REGION, ACCOUNT)
    ROLES[use](at, iam.Role(at.other, "R", assumed_by=PERSONALIZE, role_name="loader"))

    assert f":iam::{ACCOUNT}:role/loader" in str(Template.from_stack(at.shop.stack).to_json())


@pytest.mark.parametrize("use", ROLES)
def test_an_imported_role_belongs_to_no_region(app: cdk.App, tmp_path: Any, use: str) -> None:
    at = Places(app, tmp_path, OTHER_REGION, ACCOUNT)
    ROLES[use](at, iam.Role.from_role_name(at.other, "R", "loader"))


DATA: dict[str, tuple[str, Callable[[Places], object]]] = {
    "a source": ("bucket", lambda at: import_users(at.shop, source=source(at.bucket(**at_place(at))))),
    "a bucket of a stack": ("bucket", lambda at: import_users(at.shop, source=source(named_bucket(at)))),
    "a destination": (
        "bucket",
        lambda at: export_users(at.shop, destination=DataDestination.from_bucket(at.bucket(**at_place(at)), "out/")),
    ),
    "the key of a bucket": (
        "encryption key",
        lambda at: import_users(at.shop, source=source(at.bucket(encryption_key=at.key))),
    ),
    "the key of a destination": (
        "encryption key",
        lambda at: export_users(at.shop, destination=DataDestination.from_bucket(at.shop.bucket, "out/", at.key)),
    ),
    "the key of a group": ("encryption key", lambda at: DatasetGroup(at.shop.stack, "G", encryption_key=at.key)),
}


def named_bucket(at: Places) -> s3.IBucket:
    return s3.Bucket(at.other, "B", bucket_name=cdk.PhysicalName.GENERATE_IF_NEEDED)


def source(bucket: s3.IBucket) -> DataSource:
    return DataSource.from_bucket(bucket, "in/")


def at_place(at: Places) -> dict[str, Any]:
    return {"region": at.region, "account": at.account}


@pytest.mark.parametrize("case", DATA)
def test_data_of_another_region_is_refused_and_of_another_account_is_warned_about(places: Places, case: str) -> None:
    what, declare = DATA[case]
    if places.region != REGION:
        with pytest.raises(ValidationError, match=f"^the {what} must be in the Region of .*, got .* in {OTHER_REGION}"):
            declare(places)
        return
    declare(places)

    found = Annotations.from_stack(places.shop.stack).find_warning(
        "*",
        Match.string_like_regexp(f"the {what} is in another account than Shop/.*, got .* in {OTHER_ACCOUNT}; no guide"),
    )
    assert len(found) == 1


def test_what_is_not_known_is_taken(app: cdk.App, tmp_path: Any) -> None:
    unknown = Shop(cdk.Stack(app, "Unknown"), tmp_path)
    known = Shop(cdk.Stack(app, "Known", env=cdk.Environment(account=ACCOUNT, region=REGION)), tmp_path)
    us_arn = f"arn:aws:personalize:{OTHER_REGION}:{OTHER_ACCOUNT}"
    import_users(unknown, dataset=Dataset.from_dataset_arn(unknown.stack, "D", f"{us_arn}:dataset/shop/USERS"))
    arn = f"arn:aws:personalize:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
    recommend(known, "Batch", solution_version_arn=f"{arn}:solution/s/1")
    segment(known, "Other", solution_version_arn=cdk.Fn.import_value("version"))
    role = iam.Role.from_role_arn(known.stack, "R", f"arn:aws:iam::{ACCOUNT}:role/theirs")
    other = type("OtherReference", (), {"dataset_ref": known.dataset.dataset_ref, "node": known.dataset.node})
    import_users(known, dataset=other(), role=role)
