"""Defects at the edges, where no simulated campaign comes by: HTTP, disk, input and approvals have tests by name."""

from tests.planted.defect import Defect

_WIRE = "worker/armrest/wire.py"
_WRITER = "worker/ledger/writer.py"
_COMMANDS = "worker/app/commands.py"
_LEDGERS = "tests/contracts/test_sqlite_ledger.py"
_RECORDS = "tests/contracts/test_ledger_records.py"
_PLANS = "tests/campaigns/test_plan_and_apply.py"

EDGES = (
    Defect(
        "aiohttp sends a DELETE again after a dropped connection",
        _WIRE,
        "    session._retry_connection = False",
        "    session._retry_connection = True",
        ("tests/armrest/test_requests.py::test_a_request_on_a_dropped_connection_is_not_sent_again",),
    ),
    Defect(
        "a redirect is followed",
        _WIRE,
        "allow_redirects=False",
        "allow_redirects=True",
        ("tests/armrest/test_requests.py::test_a_redirect_is_answered_not_followed",),
    ),
    Defect(
        "each 401 leads to a renewal of its own",
        "worker/armrest/credentials.py",
        "        if self._asking is None or self._asking.done():\n            self._asking",
        "        if self._number >= 0:\n            self._asking",
        ("tests/armrest/test_credentials.py::test_two_hundred_401s_lead_to_one_renewal",),
    ),
    Defect(
        "a number is put into the path as it is",
        "worker/core/customer.py",
        "return encoded(number.text)",
        "return number.text",
        ("tests/core/test_customer.py::test_a_path_segment_is_percent_encoded_utf_8",),
    ),
    Defect(
        "an echo in other letters is a wrong one",
        "worker/core/replies.py",
        "fold(named) == asked.number.key",
        "named == asked.number.text",
        ("tests/core/test_replies.py::test_a_delete_succeeds_only_as_documented",),
    ),
    Defect(
        "commits are not synced",
        "worker/ledger/database.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = NORMAL",
        ("tests/contracts/test_sqlite_ledger.py::test_commits_are_synced_and_readers_do_not_hold_them_up",),
    ),
    Defect(
        "the audit file is written before the ledger",
        "worker/ledger/sqlite.py",
        """        self._connection.execute("COMMIT")
        self._to_file(lines)
""",
        """        self._to_file(lines)
        self._connection.execute("COMMIT")
""",
        (f"{_LEDGERS}::test_the_sink_hears_of_lines_once_they_are_committed_and_before_their_caller",),
    ),
    Defect(
        "a failed disk is tried again",
        _WRITER,
        "        broken = self._broken\n",
        "        broken: CommandFailed | None = None\n",
        ("tests/contracts/test_sqlite_ledger.py::test_a_sink_that_fails_ends_all_recording",),
    ),
    Defect(
        "a verdict is lost when whoever waits for it is cancelled",
        _WRITER,
        "            jobs = [job for job in waiting if job is not None]\n",
        "            jobs = [job for job in waiting if job is not None and not job.future.cancelled()]\n",
        ("tests/contracts/test_ledger_records.py::test_a_cancelled_wait_does_not_undo_the_record",),
    ),
    Defect(
        "an entry overwrites what it does not build on",
        "worker/ledger/entries.py",
        "WHERE customers.id = {} AND state = {} AND unanswered = {}\n",
        "WHERE customers.id = {} OR (state = {} AND unanswered = {} AND 0)\n",
        (f"{_RECORDS}::test_an_entry_that_builds_on_another_standing_is_refused_and_records_nothing",),
    ),
    Defect(
        "a batch's changes are not counted, so that one that finds nobody is taken for done",
        "worker/ledger/sqlite.py",
        ".rowcount != len(due):",
        ".rowcount < 0:",
        ("tests/contracts/test_ledger_batches.py::test_a_customer_that_does_not_stand_as_said_is_refused_alone",),
    ),
    Defect(
        "an order that comes in the same batch is overlooked by the intents after it",
        "worker/ledger/sqlite.py",
        "        self._seen.clear()\n        return connection",
        "        return connection",
        (
            "tests/contracts/test_ledger_batches.py::test_an_order_holds_for_the_intents_that_come_after_it_in_the_batch",
        ),
    ),
    Defect(
        "what earlier jobs have put off is undone with a job that is refused",
        "worker/ledger/sqlite.py",
        "        if self._untouched:\n            self._catch_up()\n",
        "",
        ("tests/contracts/test_ledger_batches.py::test_a_job_that_is_refused_leaves_nothing_and_harms_no_other",),
    ),
    Defect(
        "a duplicate row takes its customer's place",
        "worker/ledger/sqlite.py",
        "SELECT key, number, line, ref FROM staged WHERE key IS NOT NULL ORDER BY line ON CONFLICT DO NOTHING",
        "SELECT key, number, line, ref FROM staged WHERE key IS NOT NULL ORDER BY line "
        "ON CONFLICT DO UPDATE SET line = excluded.line",
        ("tests/contracts/test_sqlite_enrolling.py",),
    ),
    Defect(
        "a duplicate row is told with its customer's verdict",
        "worker/ledger/books.py",
        "            elif first != line:\n",
        "            elif first > line:\n",
        ("tests/contracts/test_sqlite_enrolling.py", "tests/contracts/test_sqlite_ledger.py"),
    ),
    Defect(
        "an apply takes up what nobody approved",
        "worker/ledger/claims.py",
        "c.approved >= ?",
        "c.approved >= 0 * ?",
        ("tests/contracts/test_ledger_claims.py::test_an_apply_takes_up_what_the_plan_approved_and_nobody_else",),
    ),
    Defect(
        "a latched stop bars nothing",
        _COMMANDS,
        "if purpose is not Purpose.RECONCILE and desk.note.latch is not None:",
        "if purpose is Purpose.PLAN and desk.note.latch is not None:",
        (
            "tests/campaigns/test_guards.py::test_a_latched_stop_bars_later_starts_until_it_is_lifted_and_that_is_audited",
        ),
    ),
    Defect(
        "the protect list is not read by apply and recheck",
        _COMMANDS,
        "    await desk.ledger.set_protect(inputs.protected(settings))\n",
        "    if not run.work.approved and not run.work.recheck:\n"
        "        await desk.ledger.set_protect(inputs.protected(settings))\n",
        ("tests/campaigns/test_plan_and_apply.py::test_apply_may_only_shrink_the_planned_set",),
    ),
    Defect(
        "the sentinel is not protected",
        "worker/app/inputs.py",
        "    if named is not None:\n        yield named.key\n",
        "",
        ("tests/campaigns/test_absence.py::test_the_sentinel_is_protected_by_itself",),
    ),
    Defect(
        "any digest approves",
        "worker/cli/approval.py",
        "        if given != question.digest.lower():\n",
        "        if len(given) != len(question.digest):\n",
        ("tests/cli/test_approval.py",),
    ),
    Defect(
        "a plan made under other guards is applied",
        "worker/app/planning.py",
        "    if changed:\n",
        "    if len(changed) > 99:\n",
        (f"{_PLANS}::test_a_guard_setting_that_drifted_since_the_plan_is_64_and_nothing_is_sent",),
    ),
    Defect(
        "an audit file that was cut after a clean end is completed in silence",
        "worker/audit/file.py",
        "            if mark is not None:\n                raise _broken(",
        "            if mark == path:\n                raise _broken(",
        ("tests/shell/test_audit.py::test_a_short_or_missing_file_after_a_clean_end_is_broken",),
    ),
    Defect(
        "who is not the one on the list is deleted all the same",
        "worker/core/eligibility.py",
        "and findings.mismatch:\n",
        "and findings.mismatch and findings.documents:\n",
        ("tests/core/test_matching.py", "tests/campaigns/test_match.py"),
    ),
    Defect(
        "a plan that compared names is applied without",
        "worker/app/identity.py",
        '    "match",\n',
        "",
        ("tests/campaigns/test_match.py::test_a_plan_with_it_cannot_be_applied_without",),
    ),
    Defect(
        "a stage of the ramp begins before the one before it is settled",
        "worker/core/ramp.py",
        "    if ramp.flying:\n",
        "    if ramp.flying > STAGES[-1]:\n",
        ("tests/core/test_ramp.py", "tests/campaigns/test_ramp.py"),
    ),
    Defect(
        "text from the list is markup on the report page",
        "worker/report/markup.py",
        '    return dumped.replace("<", "\\\\u003c").replace(">", "\\\\u003e").replace("&", "\\\\u0026")\n',
        "    return dumped\n",
        ("tests/report/test_page.py::test_what_is_embedded_cannot_end_its_element",),
    ),
)
