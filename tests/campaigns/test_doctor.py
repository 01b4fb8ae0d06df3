"""`doctor`: what it proves, what it finds at fault and with which exit code, and what it admits it has not seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.campaigns.stage import Stage, cast, staged
from worker.app import checkup
from worker.app.ending import Finding
from worker.errors import UsageWrong
from worker.sandbox.listener import Listener
from worker.sandbox.options import SandboxOptions
from worker.sandbox.population import MARKER
from worker.sandbox.server import Sandbox
from worker.sandbox.world import Customer

PEOPLE = cast(free=2, documents=1, ar_items=1)
BOTH, NEITHER = "500001", PEOPLE.free[0]
NOBODY_THERE = "http://127.0.0.1:1/arm/v1"
_NAMED: dict[str, str | None] = {"with_items": BOTH, "without_items": NEITHER}
_BARE: dict[str, str | None] = {"with_items": None, "without_items": None}


@asynccontextmanager
async def _staged(directory: Path, faults: str = "", options: SandboxOptions | None = None) -> AsyncIterator[Stage]:
    async with staged(directory, PEOPLE, faults, options) as stage:
        stage.sandbox.world.add(Customer(BOTH, 500_000, documents=1, ar_items=1))
        yield stage


async def _doctor(stage: Stage, named: dict[str, str | None], **settings: object) -> dict[str, Finding]:
    who = _NAMED | named
    found = await checkup.doctor(
        stage.loaded(**settings), with_items=who["with_items"], without_items=who["without_items"]
    )
    assert {record.method for record in stage.news()} <= {"GET", "POST"}
    assert len({finding.what for finding in found}) == len(found)
    return {finding.what: finding for finding in found}


def _faults(findings: dict[str, Finding]) -> dict[str, int]:
    return {finding.what: finding.code for finding in findings.values() if finding.well is False}


def _credentials(sandbox: Sandbox) -> dict[str, str]:
    ready = sandbox.ready()
    return {
        "AMILI_TOKEN_URL": ready.token_url,
        "AMILI_OAUTH_CLIENT_ID": ready.oauth_client_id,
        "AMILI_OAUTH_CLIENT_SECRET": ready.oauth_client_secret,
    }


async def test_it_proves_everything_with_two_good_customers(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, {})
        assert {name: finding.well for name, finding in findings.items()} == {
            "token": True,
            "reachability": True,
            "clock": True,
            "the other customer": True,
            "documents filter": True,
            "AR items filter": True,
            f"documents of {NEITHER}, which should have none": True,
            f"AR items of {NEITHER}, which should have none": True,
        }
        assert "sandbox-client" in findings["token"].seen
        assert not any(finding.advice or finding.code for finding in findings.values())


SICK = {
    "empty lists are 404": ("empty_404", 'empty_list = "200,404"', 76),
    "empty lists are 204": ("empty_204", 'empty_list = "200,204"', 76),
    "the filter is ignored": ("ignore_filter@get_documents", "documents_filter", 76),
    "the list's name is unknown to it": ("http_405@get_documents", "look at base_url and client_no", 76),
    "the token is refused": ("http_401", "check token", 77),
    "the client is forbidden": ("http_403", "ask the API's owner", 77),
    "customers are not found": ("http_404@get_customer", "base_url", 76),
    "it redirects": ("redirect", "base_url", 76),
    "it asks to wait": ("http_429=1:60s", "try again later", 69),
    "it hangs up": ("reset_before", "nobody answers", 69),
    "it fails": ("http_500", "the API itself fails", 76),
}


@pytest.mark.parametrize("illness", SICK)
async def test_it_finds_what_is_wrong_the_line_to_write_and_the_code(tmp_path: Path, illness: str) -> None:
    fault, line, code = SICK[illness]
    async with _staged(tmp_path, fault) as stage:
        findings = await _doctor(stage, {})
        assert set(_faults(findings).values()) == {code}
        assert line in "\n".join(finding.advice for finding in findings.values())
        assert "`amili-purge doctor`" not in str(findings)


async def test_it_finds_filters_of_other_names(tmp_path: Path) -> None:
    options = SandboxOptions(documents_filter="customernumber", aritems_filter="customernumber")
    async with _staged(tmp_path, "filter_empty", options) as stage:
        findings = await _doctor(stage, {})
        assert _faults(findings) == {"documents filter": 76, "AR items filter": 76}
        assert findings["AR items filter"].advice == 'set: aritems_filter = "customernumber"'
        assert findings["documents filter"].sets == {"documents_filter": "customernumber"}
        assert not _faults(await _doctor(stage, {}, documents_filter="customernumber", aritems_filter="customernumber"))


async def test_a_name_that_nobody_would_guess_is_left_to_find(tmp_path: Path) -> None:
    options = SandboxOptions(documents_filter="kunde", aritems_filter="kunde")
    async with _staged(tmp_path, "filter_empty", options) as stage:
        findings = await _doctor(stage, {})
        assert 'set: aritems_filter = "NAME"' in findings["AR items filter"].advice
        assert findings["AR items filter"].sets == {}


async def test_a_name_that_is_ignored_is_not_believed_whatever_it_finds(tmp_path: Path) -> None:
    async with _staged(tmp_path, "ignore_filter@get_documents") as stage:
        findings = await _doctor(stage, {})
        assert findings["documents filter"].sets == {}


@pytest.mark.parametrize(
    ("number", "missing", "seen"),
    [
        (PEOPLE.ar_items[0], "documents filter", "AR items filter"),
        (PEOPLE.documents[0], "AR items filter", "documents filter"),
    ],
)
async def test_each_filter_is_judged_by_itself(tmp_path: Path, number: str, missing: str, seen: str) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, {"with_items": number})
        assert (findings[seen].well, findings[missing].well) == (True, None)
        assert "not proven" in findings[missing].seen
        assert f"name one with {missing.removesuffix(' filter')}" in findings[missing].advice
        assert not _faults(findings)


async def test_numbers_that_are_swapped_are_told_so(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, {"with_items": NEITHER, "without_items": BOTH})
        faults = _faults(findings)
        assert len(faults) == 4
        assert set(faults.values()) == {76}
        assert {findings[name].advice for name in faults} == {"are the two numbers swapped?"}


async def test_a_customer_without_items_proves_no_filter(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, {"with_items": PEOPLE.free[1]})
        assert _faults(findings) == {"documents filter": 76, "AR items filter": 76}
        assert 'documents_filter = "NAME"' in findings["documents filter"].advice
        alone = await _doctor(stage, {"with_items": None})
        assert (alone["filters"].well, alone["filters"].advice) == (None, "name --with-items too")


async def test_a_customer_said_to_have_none_who_has_some_is_a_fault(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, {"without_items": PEOPLE.documents[0]})
        (fault,) = _faults(findings)
        assert fault.startswith("documents of")
        assert findings[fault].advice == "name a customer that has none"


@pytest.mark.parametrize(("which", "line"), [("with_items", "reachability"), ("without_items", "the other customer")])
async def test_a_customer_that_does_not_exist_proves_nothing(tmp_path: Path, which: str, line: str) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, {which: "nix"})
        assert _faults(findings) == {line: 76}
        assert "proves nothing" in findings[line].advice
        assert not any("nix" in finding.seen or "nix" in name for name, finding in findings.items() if name != line)


@pytest.mark.parametrize("prefix", ["v1", "v2"])
async def test_without_a_customer_a_404_proves_nothing(tmp_path: Path, prefix: str) -> None:
    async with _staged(tmp_path) as stage:
        findings = await _doctor(stage, _BARE, base_url=stage.sandbox.base_url.replace("v1", prefix))
        assert findings["reachability"].well is None
        assert "not proven" in findings["reachability"].seen
        assert "--with-items" in findings["reachability"].advice
        assert not _faults(findings)


async def test_the_sentinel_proves_that_the_api_is_there(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        assert (await _doctor(stage, _BARE, sentinel=NEITHER))["reachability"].well is True
        assert _faults(await _doctor(stage, _BARE, sentinel="nix")) == {"reachability": 76}


async def test_where_nobody_answers_the_token_services_clock_is_not_taken_for_the_apis(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        stage.environ = _credentials(stage.sandbox)
        findings = await _doctor(stage, {}, base_url=NOBODY_THERE)
        assert set(findings) == {"token", "reachability"}
        assert _faults(findings) == {"reachability": 69}
        assert "nobody answers there" in findings["reachability"].advice


TOKENLESS = {
    "http_401@token": (77, "OAuth settings"),
    "reset_before@token": (69, "token_url"),
    "redirect@token": (76, "token_url"),
    "http_500@token": (69, "fails"),
}


@pytest.mark.parametrize("fault", TOKENLESS)
async def test_without_a_token_nothing_else_is_asked(tmp_path: Path, fault: str) -> None:
    code, line = TOKENLESS[fault]
    async with _staged(tmp_path, fault) as stage:
        stage.environ = _credentials(stage.sandbox)
        findings = await _doctor(stage, {})
        assert (list(findings), _faults(findings)) == (["token"], {"token": code})
        assert line in findings["token"].advice


async def test_where_no_token_service_listens_its_address_is_named(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        stage.environ = _credentials(stage.sandbox)
        found = (await _doctor(stage, {}, token_url=f"{NOBODY_THERE}/token"))["token"]
        assert (found.seen, found.code) == ("not_sent: token_connection_refused", 69)
        assert f"{NOBODY_THERE}/token: check token_url" in found.advice


async def _of_another_year(request: web.BaseRequest) -> web.StreamResponse:
    answer = web.Response(status=404, headers={"Date": "Thu, 01 Jan 2015 00:00:00 GMT"})
    await answer.prepare(request)
    return answer


async def test_a_clock_that_is_far_off_is_a_fault_but_stops_nothing(tmp_path: Path) -> None:
    other = Listener(_of_another_year, 0)
    async with _staged(tmp_path) as stage:
        try:
            findings = await _doctor(stage, _BARE, base_url=await other.open())
        finally:
            await other.close()
        assert _faults(findings) == {"clock": 0}
        assert findings["clock"].advice == "set this machine's clock"


async def test_a_clock_that_agrees_is_never_minus_nought(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        assert "-0 s" not in (await _doctor(stage, _BARE))["clock"].seen


async def test_what_is_no_number_is_64(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        with pytest.raises(UsageWrong):
            await _doctor(stage, {"without_items": "12/34"})
        assert not stage.news()


async def test_it_shows_no_field_of_a_record_and_no_token(tmp_path: Path) -> None:
    async with _staged(tmp_path) as stage:
        found = str(await _doctor(stage, {}))
        assert MARKER not in found
        assert stage.sandbox.token not in found
