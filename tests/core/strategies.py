"""What hypothesis draws for the core: any JSON, bodies that nearly say the right thing, any findings and standings.

Decides which values are worth trying, never what is right: expectations stand in the tests.
"""

from hypothesis import strategies as st

from worker.core.customer import CustomerNo
from worker.core.eligibility import Finding, Findings
from worker.core.lifecycle import Standing, State
from worker.core.replies import Answer, Asked, Kind, Meaning, Reply, Unreadable
from worker.core.steps import Progress, Purpose

ASKED = Asked(2218, CustomerNo("Ab12"))
READS = (Kind.GET_CUSTOMER, Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
API_KINDS = (*READS, Kind.DELETE)

statuses = st.integers(100, 599)
scalars = st.none() | st.booleans() | st.integers(-1, 3) | st.floats(allow_nan=False) | st.text(max_size=6)
json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)

numbers = st.sampled_from(["Ab12", "AB12", "ab12", "Ab13", "", 12, None])
clients = st.sampled_from([2218, "2218", 2218.0, 2219, True, None])
records = st.fixed_dictionaries({}, optional={"customerNo": numbers, "clientNo": clients}) | json
echoes = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["PROCESSED", "processed", "REJECTED", None]),
        "result": st.sampled_from(["DELETED", "deleted", "", None]),
        "customerNo": numbers,
        "clientNo": clients,
        "message": st.just("Customer deleted"),
    },
)
summaries = st.fixed_dictionaries(
    {},
    optional={
        "totalCount": scalars,
        "currentPageSize": scalars,
        "totalPages": scalars,
        "nextPage": st.sampled_from([None, "", "https://api.example/next"]),
    },
)
arrays = st.lists(records, max_size=2) | scalars
pages = arrays | st.fixed_dictionaries(
    {}, optional={"summary": summaries | json, "documents": arrays, "arItems": arrays, "other": arrays}
)
bodies = json | records | echoes | pages | st.sampled_from(Unreadable)
answers = st.builds(
    Answer,
    st.just(200) | statuses,
    bodies,
    ms=st.just(12),
    retry_after=st.none() | st.floats(0, 1e6),
)

replies = st.builds(Reply, st.sampled_from(Kind), st.sampled_from(Meaning), st.just("a_cause"))
a_finding = st.none() | st.sampled_from(Finding)
findings = st.builds(Findings, a_finding, a_finding, a_finding, st.just("documents:http_500"))

TAKEN_UP = tuple(sorted(set(State) - {State.INTENDED, State.DELETED, State.DELETED_INFERRED}))
"""The states in which a customer can be worked on: an intent is recovered first, and deletions are final."""
standings = st.builds(
    Standing, st.sampled_from(TAKEN_UP), st.integers(0, 2), st.sampled_from([None, 401, 404, 409, 422, 500])
)
progresses = st.builds(
    Progress,
    standings,
    st.sampled_from(Purpose),
    protected=st.booleans(),
    findings=findings,
    gets=st.integers(0, 3),
    listed_at=st.floats(0, 100),
    fresh_at=st.floats(0, 100),
    answered_at=st.floats(0, 100),
    deletes=st.integers(0, 4),
    renewals=st.integers(0, 21),
    verify=st.booleans(),
    misdirected=st.booleans(),
)
