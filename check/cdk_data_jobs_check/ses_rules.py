"""The rules for files of contacts that Amazon SES imports into a contact list.

The sources are pages of the Amazon SES Developer Guide ("Using list management") and API v2 Reference. What one
published project compared with the service concerns single contacts, not imports.
"""

from cdk_data_jobs_check.rule import Confidence, Rule, Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_RECORDED, _DOCUMENTED, _INFERRED = Confidence.RECORDED, Confidence.DOCUMENTED, Confidence.INFERRED

_LISTS = '"Using list management"'
_CONTACTS = "the tests of floci-io/floci, compared with the service's CreateContact"

SES_RULES = (
    # Files
    Rule(
        "ses-file-format",
        "A file is uncompressed CSV, or JSON with an object a line.",
        _ERROR,
        _DOCUMENTED,
        _LISTS,
    ),
    Rule("ses-utf-8", "A file is encoded in UTF-8.", _WARNING, _INFERRED, _LISTS),
    Rule("ses-byte-order-mark", "A file has no byte order mark.", _WARNING, _INFERRED, _LISTS),
    Rule("ses-no-entries", "A file has contacts, and a folder files.", _WARNING, _INFERRED, _LISTS),
    Rule("ses-blank-line", "A line is not blank.", _WARNING, _INFERRED, _LISTS),
    Rule("ses-contacts", "A file has at most 1,000,000 contacts: it is one import.", _ERROR, _DOCUMENTED, _LISTS),
    Rule("ses-header", "The first line of CSV is a header with `emailAddress`.", _ERROR, _DOCUMENTED, _LISTS),
    Rule(
        "ses-csv",
        "A row of CSV has as many values as the header; those with a comma or a quote are in double quotes.",
        _ERROR,
        _DOCUMENTED,
        f"{_LISTS} (CSV); RFC 4180",
    ),
    Rule("ses-json", "A line of JSON is a whole object.", _ERROR, _DOCUMENTED, _LISTS),
    Rule(
        "ses-doubled-key",
        "An object of JSON has each key once.",
        _WARNING,
        _INFERRED,
        f"{_LISTS}; RFC 8259 leaves open which of the values is taken",
    ),
    # Attributes
    Rule(
        "ses-attribute",
        "The attributes are `emailAddress`, `unsubscribeAll`, `attributesData` and `topicPreferences`.",
        _WARNING,
        _DOCUMENTED,
        f"{_LISTS}; what is done with others is not documented",
    ),
    Rule("ses-duplicate-column", "A header has each column once.", _WARNING, _INFERRED, _LISTS),
    Rule("ses-topics", "There are at most 20 topics: a list has no more.", _ERROR, _DOCUMENTED, _LISTS),
    # Values
    Rule("ses-required", "A contact has an `emailAddress`.", _ERROR, _DOCUMENTED, _LISTS),
    Rule("ses-invalid-address", "`emailAddress` is an email address.", _ERROR, _RECORDED, _CONTACTS),
    Rule(
        "ses-odd-address",
        "An address is in ASCII, of usual form and length.",
        _WARNING,
        _DOCUMENTED,
        "API v2 Reference, Destination; RFC 5321; what an import does with others is not documented",
    ),
    Rule(
        "ses-doubled-address",
        "A file has an address once: of two contacts the later one replaces the other.",
        _WARNING,
        _DOCUMENTED,
        "API v2 Reference, ContactListDestination; case is ignored here",
    ),
    Rule(
        "ses-unsubscribe-all",
        "`unsubscribeAll` is true or false, and in JSON not in quotes.",
        _ERROR,
        _DOCUMENTED,
        f"{_LISTS}; {_CONTACTS}: any text is taken for true",
    ),
    Rule("ses-boolean-case", "In CSV, true and false are in lower case.", _WARNING, _INFERRED, _LISTS),
    Rule("ses-topic-status", "A topic's status is `OPT_IN` or `OPT_OUT`.", _ERROR, _DOCUMENTED, _LISTS),
    Rule(
        "ses-topic-preferences",
        "In JSON, `topicPreferences` is a list of objects with `topicName` and `subscriptionStatus`.",
        _ERROR,
        _DOCUMENTED,
        _LISTS,
    ),
    Rule(
        "ses-attributes-data",
        "`attributesData` is a JSON object, in JSON as a string.",
        _ERROR,
        _DOCUMENTED,
        _LISTS,
    ),
)
