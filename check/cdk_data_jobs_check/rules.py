"""The rules for schemas and files, as one table: what each requires, how well it is known, and how bad a violation is.

A violation is an error only where AWS documents the requirement, or has been seen to refuse what violates it. Where a
published import was accepted all the same, or nobody knows what the service does, it is a warning.

The sources of those of Amazon Personalize, which are here, are pages of its developer guide, unless they say otherwise.
The modules of Amazon Pinpoint and Amazon SES have theirs.
"""

from cdk_data_jobs_check.pinpoint_rules import PINPOINT_RULES
from cdk_data_jobs_check.rule import Confidence, Rule, Severity
from cdk_data_jobs_check.ses_rules import SES_RULES

__all__ = ["RULES", "RULES_BY_SUBJECT", "Confidence", "Rule", "Severity"]

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_RECORDED, _DOCUMENTED, _INFERRED = Confidence.RECORDED, Confidence.DOCUMENTED, Confidence.INFERRED

_SCHEMAS = '"Creating schema JSON files for Amazon Personalize schemas"'
_DATASETS = '"Custom datasets and schemas", "ECOMMERCE datasets and schemas", "VIDEO_ON_DEMAND datasets and schemas"'
_FORMAT = '"Data format guidelines"'
_QUOTAS = '"Amazon Personalize endpoints and quotas"'
_TEXTS = '"Preparing item metadata for training", "Unstructured text metadata"'

_SCHEMA_RULES = (
    Rule(
        "avro",
        "A schema is a flat Avro record in JSON; its fields have a name, and a supported type or a list of types.",
        _ERROR,
        _DOCUMENTED,
        _SCHEMAS,
    ),
    Rule(
        "schema-length",
        "A schema has at most 20,000 characters.",
        _ERROR,
        _DOCUMENTED,
        "Amazon Personalize API Reference, CreateSchema",
    ),
    Rule(
        "template-schema-length",
        "A schema in a CloudFormation template has at most 10,000 characters.",
        _WARNING,
        _DOCUMENTED,
        "AWS CloudFormation Template Reference, AWS::Personalize::Schema; CreateSchema takes longer ones",
    ),
    Rule("record-name", "The name of the record is a dataset type.", _ERROR, _DOCUMENTED, _SCHEMAS),
    Rule(
        "record-name-case",
        "The name of the record is spelt as the dataset type is.",
        _WARNING,
        _RECORDED,
        f"{_SCHEMAS}; published workshops create schemas with names in lower case",
    ),
    Rule(
        "field-name",
        "The names of fields are alphanumeric, and unique also without their underscores.",
        _ERROR,
        _DOCUMENTED,
        _SCHEMAS,
    ),
    Rule(
        "avro-name",
        "The name of a field does not begin with a digit.",
        _WARNING,
        _INFERRED,
        "the Avro specification, Names; whether the service refuses it is not known",
    ),
    Rule(
        "nested-type",
        'A type is written as a string, not in an object such as `{"type": "int"}`.',
        _WARNING,
        _INFERRED,
        f"{_SCHEMAS}; the Avro specification, Primitive Types, allows both",
    ),
    Rule(
        "required-field",
        "A schema has the fields that its dataset type requires, and its domain.",
        _ERROR,
        _DOCUMENTED,
        _DATASETS,
    ),
    Rule(
        "no-optional-field",
        "A schema of users, items or actions has at least one field that is not required.",
        _ERROR,
        _DOCUMENTED,
        _DATASETS,
    ),
    Rule(
        "metadata-kind",
        "In a schema of users, items or actions, a field of its own is categorical or a number, of items also textual.",
        _WARNING,
        _DOCUMENTED,
        f"{_DATASETS}; what the service does without one is not documented",
    ),
    Rule(
        "field-type",
        "Required and reserved fields have their types; required fields may not be null.",
        _ERROR,
        _DOCUMENTED,
        _DATASETS,
    ),
    Rule(
        "reserved-category",
        "Known fields are categorical exactly where the guide says so.",
        _ERROR,
        _DOCUMENTED,
        _SCHEMAS,
    ),
    Rule(
        "reserved-null",
        "EVENT_TYPE is not null where it is not required: the guide lists it without null.",
        _WARNING,
        _DOCUMENTED,
        f"{_DATASETS}; what the service does with such a schema is not documented",
    ),
    Rule(
        "attribute-value",
        "The attributes `categorical` and `textual` are true or false, without quotes.",
        _WARNING,
        _INFERRED,
        f"{_SCHEMAS}: its examples",
    ),
    Rule(
        "categorical-type",
        "A categorical field is a string.",
        _WARNING,
        _DOCUMENTED,
        '"Users dataset schema requirements", "Actions dataset schema requirements"; what the service does with other '
        "types is not documented",
    ),
    Rule(
        "conflicting-attributes",
        "A field is not both categorical and textual, and an id is not textual.",
        _WARNING,
        _INFERRED,
        _SCHEMAS,
    ),
    Rule(
        "textual-field",
        "A textual field is a string of items, and there is one at most.",
        _ERROR,
        _DOCUMENTED,
        f"{_SCHEMAS}, {_QUOTAS}",
    ),
    Rule(
        "metadata-fields",
        "A schema has at most 5 fields of its own for interactions and action interactions, 25 for users, 100 for "
        "items, 10 for actions.",
        _ERROR,
        _DOCUMENTED,
        f"{_DATASETS}, {_QUOTAS}",
    ),
)

_FILE_RULES = (
    Rule(
        "no-files",
        "There are CSV files at the location.",
        _ERROR,
        _DOCUMENTED,
        '"Common error messages in Amazon Personalize"',
    ),
    Rule("file-format", "A file is uncompressed text with comma-separated values.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule(
        "ignored-file",
        "A folder has no files and sub-folders that the job leaves out.",
        _WARNING,
        _DOCUMENTED,
        '"Importing bulk data"',
    ),
    Rule(
        "hidden-file",
        "The files that a job reads are data, and not hidden or the markers of a tool.",
        _WARNING,
        _INFERRED,
        '"Importing bulk data"',
    ),
    Rule(
        "size",
        "The data of a job has at most 100 GB (interactions and action interactions 1 TB), 1 GB if the import is "
        "incremental, 100 MB for a deletion.",
        _ERROR,
        _DOCUMENTED,
        _QUOTAS,
    ),
    Rule(
        "size-quota",
        "An import of interactions or action interactions has at most 100 GB, unless the quota for how many of them a "
        "model considers was raised.",
        _WARNING,
        _DOCUMENTED,
        _QUOTAS,
    ),
    Rule("too-few-rows", "An import has at least 1,000 interactions.", _ERROR, _DOCUMENTED, _QUOTAS),
    Rule("empty-file", "A file has a header.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule("no-rows", "A file has rows.", _WARNING, _INFERRED, "the service may import nothing from it"),
    Rule("utf-8", "A file is encoded in UTF-8.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule("byte-order-mark", "A file has no byte order mark.", _WARNING, _INFERRED, _FORMAT),
)

_HEADER_RULES = (
    Rule("header", "The first line is the header.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule("quoted-header", "A header has no quotes.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule("header-spaces", "The names of a header have no spaces around them.", _WARNING, _INFERRED, _FORMAT),
    Rule(
        "missing-column",
        "A header has all columns of the schema.",
        _ERROR,
        _RECORDED,
        "aws-samples/amazon-personalize-samples, output of a notebook",
    ),
    Rule("duplicate-column", "A header has each column once.", _WARNING, _INFERRED, _FORMAT),
    Rule(
        "column-order",
        "The columns are in the order of the fields of the schema.",
        _WARNING,
        _RECORDED,
        f"{_SCHEMAS}; two published notebooks imported others, and became ACTIVE",
    ),
    Rule(
        "extra-column",
        "All columns are in the schema.",
        _WARNING,
        _RECORDED,
        "a published notebook imported one column more, and became ACTIVE",
    ),
    Rule(
        "different-header",
        "All files of an import have the same header.",
        _ERROR,
        _DOCUMENTED,
        '"Preparing training data for Amazon Personalize"',
    ),
)

_ROW_RULES = (
    Rule("line-end", "Each record is on a line of its own.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule(
        "line-length",
        "A line has at most a megabyte: a row of values at their maximum lengths is shorter. The rest of it is not "
        "checked.",
        _WARNING,
        _INFERRED,
        f"{_QUOTAS}, which limit values, not lines",
    ),
    Rule("line-break", "Each record is on a single line.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule(
        "repeated-header",
        "The header is the first line only.",
        _WARNING,
        _INFERRED,
        "it is probably that of another file that was appended, and would be imported as a row",
    ),
    Rule("blank-line", "A row is not blank.", _WARNING, _INFERRED, _FORMAT),
    Rule("number-of-values", "A row has as many values as the header.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule("unclosed-quote", "A quote is closed on its line.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule("doubled-quote", "A quote in a value is escaped by a backslash, not doubled.", _WARNING, _INFERRED, _TEXTS),
    Rule("stray-quote", "Quotes are around a whole value.", _WARNING, _INFERRED, _TEXTS),
    Rule(
        "backslash",
        "A backslash comes before a quote or a backslash, in a value in quotes.",
        _WARNING,
        _INFERRED,
        _TEXTS,
    ),
    Rule("carriage-return", "A value has no carriage return by itself.", _WARNING, _INFERRED, _FORMAT),
    Rule("nul", "A value has no NUL byte.", _WARNING, _INFERRED, _FORMAT),
)

_VALUE_RULES = (
    Rule("empty", "A value is not empty, unless its field may be null.", _ERROR, _DOCUMENTED, _SCHEMAS),
    Rule("type", "A value is of a type of its field.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule(
        "range",
        "A number fits into 32 bits as an int, into 64 as a long.",
        _ERROR,
        _DOCUMENTED,
        f"{_SCHEMAS}; the Avro specification, Primitive Types",
    ),
    Rule(
        "float-range",
        "A number is at most 3.4e38 as a float, 1.8e308 as a double.",
        _WARNING,
        _INFERRED,
        f"{_SCHEMAS}; the Avro specification, Primitive Types",
    ),
    Rule(
        "boolean-case",
        "A boolean is true or false in lower case.",
        _WARNING,
        _INFERRED,
        f"{_SCHEMAS}, in June 2023; today's guide says only that no training uses booleans",
    ),
    Rule("not-a-number", "A float or a double is a number.", _WARNING, _INFERRED, _SCHEMAS),
    Rule(
        "timestamp",
        "A time is a number of seconds since 1970, a whole one unless its field is a float.",
        _ERROR,
        _DOCUMENTED,
        _FORMAT,
    ),
    Rule("milliseconds", "A time counts seconds, not milliseconds.", _ERROR, _DOCUMENTED, _FORMAT),
    Rule(
        "implausible-time",
        "A time is between 1973 and 2286.",
        _WARNING,
        _INFERRED,
        "other times are probably in another unit",
    ),
    Rule(
        "id-spaces",
        "An id has no spaces around it, nor other invisible characters, such as a byte order mark.",
        _WARNING,
        _INFERRED,
        "it would be another id than the same one without them",
    ),
    Rule("id-length", "An id has at most 256 characters.", _ERROR, _DOCUMENTED, _QUOTAS),
    Rule(
        "event-type-length",
        "An event type has at most 256 characters.",
        _WARNING,
        _DOCUMENTED,
        f"{_QUOTAS}; what an import does with a longer one is not documented",
    ),
    Rule(
        "event-types",
        "Interactions have at most 10 event types and optional columns together, EVENT_TYPE and EVENT_VALUE included.",
        _WARNING,
        _DOCUMENTED,
        f'{_QUOTAS}, "Item interactions dataset schema requirements"; what an import does with more is not documented',
    ),
    Rule(
        "category-length",
        "A category, an impression, or a string of items has at most 1,000 characters.",
        _ERROR,
        _DOCUMENTED,
        f"{_QUOTAS}, which limit neither the categories of a value nor those of a column",
    ),
    Rule("text-length", "A text has at most 20,000 characters: the service cuts it.", _WARNING, _DOCUMENTED, _QUOTAS),
    Rule(
        "string-length",
        "Other strings have at most 1,000 characters.",
        _WARNING,
        _DOCUMENTED,
        f"{_QUOTAS}; what an import does with longer ones of users and interactions is not documented",
    ),
)

RULES_BY_SUBJECT = {
    "Schemas": _SCHEMA_RULES,
    "Files": _FILE_RULES,
    "Headers": _HEADER_RULES,
    "Rows": _ROW_RULES,
    "Values": _VALUE_RULES,
    "Amazon Pinpoint": PINPOINT_RULES,
    "Amazon SES": SES_RULES,
}
"""All rules, by what they are about. The first five are those of Amazon Personalize."""

RULES = {rule.name: rule for rules in RULES_BY_SUBJECT.values() for rule in rules}
"""All rules by their names, which are unique: those of Amazon Pinpoint and Amazon SES begin with the service."""
