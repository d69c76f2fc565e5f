"""The rules for files of endpoints or user ids that Amazon Pinpoint imports.

AWS has ended its support for the service, so nothing of what is only inferred can be tried any more. The sources are
pages of the Amazon Pinpoint User Guide ("Importing segments"), Developer Guide ("Amazon Pinpoint quotas") and API
Reference.
"""

from cdk_data_jobs_check.rule import Confidence, Rule, Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_RECORDED, _DOCUMENTED, _INFERRED = Confidence.RECORDED, Confidence.DOCUMENTED, Confidence.INFERRED

_SEGMENTS = '"Importing segments"'
_API = "API Reference, EndpointBatchItem"
_QUOTAS = '"Amazon Pinpoint quotas"'

PINPOINT_RULES = (
    # Files
    Rule(
        "pinpoint-no-files",
        "The location of an import has files of its format.",
        _ERROR,
        _DOCUMENTED,
        "API Reference, ImportJobRequest, S3Url",
    ),
    Rule(
        "pinpoint-ignored-file",
        "A folder has files of one format: an import reads those of its own.",
        _WARNING,
        _DOCUMENTED,
        f"{_SEGMENTS}; API Reference, ImportJobRequest, Format",
    ),
    Rule(
        "pinpoint-size",
        "The files of an import have at most 1 GB together.",
        _WARNING,
        _DOCUMENTED,
        f"{_QUOTAS}; the quota can be raised, and {_SEGMENTS} tells to import bigger files from S3",
    ),
    Rule(
        "pinpoint-file-format",
        "A file is uncompressed CSV, or JSON with an object a line, as the import's format says.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule("pinpoint-utf-8", "A file is encoded in UTF-8.", _ERROR, _DOCUMENTED, _SEGMENTS),
    Rule("pinpoint-byte-order-mark", "A file has no byte order mark.", _WARNING, _INFERRED, _SEGMENTS),
    Rule("pinpoint-no-entries", "A file has endpoints or user ids.", _WARNING, _INFERRED, _SEGMENTS),
    Rule("pinpoint-blank-line", "A line is not blank.", _WARNING, _INFERRED, _SEGMENTS),
    Rule(
        "pinpoint-csv",
        "A row of CSV has as many values as the header; those with a comma or a quote are in double quotes.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-json",
        "A line of JSON is a whole object.",
        _ERROR,
        _RECORDED,
        f"{_SEGMENTS}; aws/aws-sdk-ruby issue 2962 shows the refusal of a first line that is none",
    ),
    Rule(
        "pinpoint-doubled-key",
        "An object of JSON has each key once.",
        _WARNING,
        _INFERRED,
        f"{_SEGMENTS}; RFC 8259 leaves open which of the values is taken",
    ),
    # Attributes
    Rule(
        "pinpoint-attribute",
        "All attributes are among those that the guide lists, in its spelling.",
        _ERROR,
        _DOCUMENTED,
        f'{_SEGMENTS}, "Troubleshooting segments"',
    ),
    Rule(
        "pinpoint-unsupported-attribute",
        "`EndpointStatus` and `EffectiveDate` are not imported.",
        _WARNING,
        _DOCUMENTED,
        f"{_SEGMENTS}, which lists `EffectiveDate` among the supported ones all the same",
    ),
    Rule(
        "pinpoint-duplicate-column",
        "A header has each column once, unless it is a custom attribute with several values.",
        _WARNING,
        _INFERRED,
        _SEGMENTS,
    ),
    Rule("pinpoint-header-spaces", "Names in a header have no spaces around them.", _WARNING, _INFERRED, _SEGMENTS),
    Rule(
        "pinpoint-attribute-name",
        "The name of a custom attribute has at most 50 characters.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-attribute-characters",
        r"The name of a custom attribute has no `#`, `:`, `?`, `\` or `/`: the console cannot show it.",
        _WARNING,
        _DOCUMENTED,
        _API,
    ),
    Rule(
        "pinpoint-attributes",
        "There are at most 250 custom attributes.",
        _WARNING,
        _DOCUMENTED,
        f"{_QUOTAS}; it is per project, and can be raised",
    ),
    # Values
    Rule(
        "pinpoint-required",
        "An entry has `Address` and `ChannelType`, or the `Id` of an endpoint, or a `User.UserId` alone.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-existing",
        "An entry has `Address` and `ChannelType`, unless its endpoint or user is there already.",
        _WARNING,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-channel-type",
        "`ChannelType` is one of the channels of the API, in capitals.",
        _ERROR,
        _DOCUMENTED,
        _API,
    ),
    Rule("pinpoint-opt-out", "`OptOut` is `ALL` or `NONE`.", _ERROR, _DOCUMENTED, _SEGMENTS),
    Rule(
        "pinpoint-number", "Metrics, latitudes and longitudes are numbers.", _ERROR, _DOCUMENTED, f"{_SEGMENTS}, {_API}"
    ),
    Rule(
        "pinpoint-structure",
        "In JSON, what a period separates is nested, and custom attributes are lists of strings.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-json-type",
        "In JSON, a number is not in quotes, and a text is.",
        _WARNING,
        _INFERRED,
        f"{_API}; what an import does with the other is not known",
    ),
    Rule(
        "pinpoint-attribute-value",
        "A value of a custom attribute has at most 100 characters.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-attribute-values",
        "A custom attribute has at most 50 values.",
        _ERROR,
        _DOCUMENTED,
        _QUOTAS,
    ),
    Rule(
        "pinpoint-line-break",
        "A value in CSV has no line break and no tab.",
        _ERROR,
        _DOCUMENTED,
        _SEGMENTS,
    ),
    Rule(
        "pinpoint-endpoint-size",
        "An endpoint has at most 15 KB.",
        _WARNING,
        _DOCUMENTED,
        f"{_QUOTAS}; how it is counted is not documented, here as JSON",
    ),
    Rule(
        "pinpoint-phone-number",
        "The address of `SMS` and `VOICE` is a phone number in E.164 format, such as +12065550100.",
        _WARNING,
        _DOCUMENTED,
        f"{_SEGMENTS}, whose first edition had an example without +",
    ),
    Rule("pinpoint-email-address", "The address of `EMAIL` is an email address.", _WARNING, _DOCUMENTED, _API),
    Rule(
        "pinpoint-code",
        "A country is two capitals, such as US, and a locale is like en_US.",
        _WARNING,
        _DOCUMENTED,
        f"{_SEGMENTS}, whose earlier editions had USA as an example",
    ),
    Rule("pinpoint-date", "A date is in ISO 8601 format.", _WARNING, _DOCUMENTED, _SEGMENTS),
)
