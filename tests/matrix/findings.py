"""What only GET customer, or only a list, can answer: whose record it is, and whether a list is empty."""

from tests.matrix import answers as a
from tests.matrix.reads import ASKED_AGAIN, LEFT, NEXT
from tests.matrix.rows import LISTS, Around, Row, Section
from worker.core.replies import Kind

_CUSTOMER = (Kind.GET_CUSTOMER,)
_STRANGE = (
    ("`{}`", a.fixed(b"{}")),
    ("an array", a.fixed(b"[]")),
    ("another customer's record", a.changed(customerNo=a.OTHER)),
    ("another client's record", a.changed(clientNo=a.CLIENT + 1)),
    ("a record without `customerNo`", a.changed(customerNo=None)),
    ("a record without `clientNo`", a.changed(clientNo=None)),
    ("`customerNo` as a number", a.changed(customerNo=int(a.SUBJECT))),
    ("`clientNo` as a text", a.changed(clientNo=str(a.CLIENT))),
)

CUSTOMER = Section(
    "GET customer",
    "Found is a record that names the asked customer and the asked client, and nothing less.",
    (
        Row(
            _CUSTOMER,
            tuple(a.Said(name, "wrong_type" if name == "an array" else "wrong_record", body=b) for name, b in _STRANGE),
            "not this customer's record, so unknown",
            ASKED_AGAIN,
            2,
            "unchecked",
            "{read}:{cause}",
            10,
        ),
        Row(
            _CUSTOMER,
            a.statuses(204),
            "unknown",
            ASKED_AGAIN,
            2,
            "unchecked",
            "{read}:{cause}",
            10,
        ),
        Row(
            _CUSTOMER,
            a.statuses(404),
            "gone, if the same routes find somebody else in this run",
            "held; settled with the next GET customer that answers 200",
            1,
            "already_absent",
            "http_404",
            0,
        ),
        Row(
            _CUSTOMER,
            a.statuses(404),
            "a wrong `base_url` or `client_no` would answer so too",
            "held to the end, and not believed; a `sentinel` would vouch for it",
            1,
            "unchecked",
            "{read}:http_404_not_believed",
            10,
            around=Around.NOBODY,
        ),
    ),
)

_NOBODYS = (
    ("another customer's records", a.listing(a.record(a.OTHER))),
    ("everybody's records", a.listing(a.record(), a.record(a.OTHER))),
    ("another client's records", a.listing(a.record(client=a.CLIENT + 1))),
    ("records without `customerNo`", a.listing(a.record(None))),
    ("`customerNo` as a number", a.listing(a.record(int(a.SUBJECT)))),
)
_NO_LIST = (
    ("`{}`", a.fixed(b"{}")),
    ("`null` under the list's key", a.fixed(b'{"documents":null,"arItems":null}')),
    ("an object under the list's key", a.fixed(b'{"documents":{},"arItems":{}}')),
    ("two arrays, none under the list's key", a.fixed(b'{"items":[],"rows":[]}')),
    ("`totalCount` as a text", a.listing(summary={"totalCount": "0"})),
    ("a `summary` that is no object", a.fixed(b'{"summary":[],"documents":[],"arItems":[]}')),
)
_SOMETHING = (
    ("a record", a.listing(a.record())),
    ("a record in a bare array", a.fixed(a.sound({"x": [a.record()]})[6:-1])),
    ("a record under another key", a.listing(a.record(), key="items")),
    ("`totalCount` 3 with an empty page", a.listing(summary={"totalCount": 3})),
    ("a `nextPage` after an empty page", a.listing(summary={"totalCount": 0, "nextPage": "https://elsewhere.example"})),
)
_NOTHING = (
    ("an empty list under another key", a.listing(key="items")),
    ("an empty bare array", a.fixed(b"[]")),
    ("an empty list without a summary", a.fixed(b'{"documents":[],"arItems":[]}')),
)

LIST = Section(
    "GET documents and GET AR items",
    "Empty is a list that was read to its certain end. Every record must name the asked customer, or the filter was "
    "ignored. `documents_key` and `aritems_key` name the list; else the only array counts.",
    (
        Row(
            LISTS,
            tuple(a.Said(name, "some", body=body) for name, body in _SOMETHING),
            "something is attached",
            "no DELETE",
            1,
            "ineligible",
            "{attached}",
            0,
        ),
        Row(
            LISTS,
            tuple(a.Said(name, "none", body=body) for name, body in _NOTHING),
            "nothing is attached",
            NEXT,
            1,
            "deleted",
            "confirmed",
            0,
        ),
        Row(
            LISTS,
            tuple(a.Said(name, "filter_ignored", body=body) for name, body in _NOBODYS),
            "the filter was ignored, so unknown",
            LEFT,
            1,
            "unchecked",
            "{read}:{cause}",
            10,
        ),
        Row(
            LISTS,
            tuple(a.Said(name, "wrong_type", body=body) for name, body in _NO_LIST),
            "no list, so unknown",
            ASKED_AGAIN,
            2,
            "unchecked",
            "{read}:{cause}",
            10,
        ),
        Row(
            LISTS,
            a.statuses(204, 404),
            "not known to mean “none”",
            LEFT,
            1,
            "unchecked",
            "{read}:{cause}",
            10,
        ),
        Row(
            LISTS,
            a.statuses(204, 404),
            "nothing is attached, as the setting says",
            NEXT,
            1,
            "deleted",
            "confirmed",
            0,
            settings={"empty_list": "200,204,404"},
        ),
    ),
)
