"""The answers of the token service, and what follows each of them."""

from tests.matrix import answers as a
from tests.matrix.rows import SOME, Row, Section
from worker.core.replies import Kind

_T = (Kind.TOKEN,)
_WAITS = "all work waits and asks again; the run ends after `outage_budget`"
_STRANGE = (
    ("`{}`", a.fixed(b"{}")),
    ("an array", a.fixed(b"[]")),
    ("no `access_token`", a.changed(access_token=None)),
    ("`access_token` as a number", a.changed(access_token=7)),
    ("an empty `access_token`", a.changed(access_token="")),
    ("an `access_token` that no header can hold", a.changed(access_token="two words\r\nX: y")),
)
_REFUSALS = a.statuses(400, 401, 403, 404, 405, 409, 410, 422)
_PASSING = (*a.UNCERTAIN, *a.statuses(202, 204), *a.NO_ANSWER)
_BODIES = (*a.UNREADABLE, *(a.Said(name, "no_token", body=body) for name, body in _STRANGE))

TOKEN = Section(
    "The token service (`token_url`)",
    "It is another house than the API: what it says bears on nobody's verdict. Nothing is asked of the API meanwhile.",
    (
        Row(
            _T,
            (
                a.GOOD,
                a.PLAIN_TEXT,
                a.Said("a token without a lifetime", "http_200", body=a.changed(expires_in=None)),
                a.Said("`expires_in` as a text", "http_200", body=a.changed(expires_in="3600")),
            ),
            "a token",
            "used until shortly before it expires",
            1,
            "deleted",
            "confirmed",
            0,
        ),
        Row(
            _T,
            _REFUSALS,
            "our credentials are refused",
            "the run ends",
            1,
            "not_reached",
            "run_ended",
            77,
            "unauthorised",
        ),
        Row(
            _T,
            a.REDIRECTS,
            "a way to somewhere else",
            "never followed: the run ends",
            1,
            "not_reached",
            "run_ended",
            76,
            "redirected",
        ),
        Row(
            _T,
            _PASSING,
            "no token, for now",
            _WAITS,
            SOME,
            "not_reached",
            "run_ended",
            69,
            "outage",
        ),
        Row(
            _T,
            _PASSING,
            "no token, for now",
            "all work waits and asks again",
            2,
            "deleted",
            "confirmed",
            0,
            times=1,
        ),
        Row(
            _T,
            _BODIES,
            "no token, for now",
            _WAITS,
            SOME,
            "not_reached",
            "run_ended",
            69,
            "outage",
        ),
        Row(
            _T,
            _BODIES,
            "no token, for now",
            "all work waits and asks again",
            2,
            "deleted",
            "confirmed",
            0,
            times=1,
        ),
        Row(
            _T,
            a.THROTTLED,
            "the service wants to be left alone",
            "all work waits as told (without a time: back-off)",
            3,
            "deleted",
            "confirmed",
            0,
            times=2,
        ),
        Row(
            _T,
            (*a.TOO_LONG, a.status(429, name="429 without Retry-After")),
            "no token for too long",
            _WAITS,
            SOME,
            "not_reached",
            "run_ended",
            69,
            "outage",
        ),
        Row(_T, (a.REFUSED,), "no token, for now", _WAITS, 0, "not_reached", "run_ended", 69, "outage"),
        Row(
            _T,
            (a.REFUSED,),
            "no token, for now",
            "all work waits and asks again",
            1,
            "deleted",
            "confirmed",
            0,
            times=1,
        ),
    ),
)
