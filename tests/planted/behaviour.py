"""Defects of core and shell: simulated campaigns must find each of them, by what is then on the wire or on record."""

from tests.planted.defect import Defect

_DELETION = "worker/deletion.py"
_STEPS = "worker/core/steps.py"
_REPLIES = "worker/core/replies.py"
_RETRY = "worker/core/retry.py"
_LIFECYCLE = "worker/core/lifecycle.py"
_OVERSIGHT = "worker/oversight.py"
_INTENT = "        if not await self._intend(hand):\n            return\n"

ORDER = (
    Defect(
        "the intent is not waited for",
        _DELETION,
        "        outcome = await self._tools.ledger.intend(entry)\n",
        "        hand.later = asyncio.ensure_future(self._tools.ledger.intend(entry))\n        outcome = []\n",
    ),
    Defect(
        "the DELETE is sent before its intent is recorded",
        _DELETION,
        f"""{_INTENT}        hand.placed = False  # from here on the ledger counts it
        began = self._tools.clock.now()
        reply = await self._send(hand)
""",
        f"""        began = self._tools.clock.now()
        reply = await self._send(hand)
{_INTENT}        hand.placed = False
""",
    ),
    Defect(
        "the outcome is recorded before the effect",
        _DELETION,
        "(*hand.check(), IntentFact(hand.intents + 1))",
        '(*hand.check(), IntentFact(hand.intents + 1), AttemptFact(sent=True, status=None, ms=0, cause="sent"))',
    ),
    Defect(
        "the clearance is not looked at again after the wait for a permit",
        _DELETION,
        "        if not is_fresh(hand.progress, self.rules, self._tools.clock.now()):\n"
        '            return "clearance_too_old"\n',
        "",
    ),
    Defect(
        "a clearance is aged from its answers instead of its questions",
        "worker/asking.py",
        "        return await self._sent(kind, number, expected), asked_at\n",
        "        reply = await self._sent(kind, number, expected)\n"
        "        return reply, max(asked_at, self._clock.now())\n",
    ),
    Defect(
        "a pass may be drawn out",
        _STEPS,
        " and now - progress.listed_at <= 2 * rules.check_max_age",
        "",
    ),
    Defect(
        "what is found in one pass counts in the next: a second DELETE without a read",
        _STEPS,
        "        findings=Findings(),\n        gets=0,\n        standing=after,",
        "        gets=0,\n        standing=after,",
    ),
    Defect(
        "AR items are not asked for",
        "worker/core/eligibility.py",
        "zip(LISTS, lists, strict=True) if finding is None]",
        "zip(LISTS, lists, strict=True) if finding is None and kind is Kind.GET_DOCUMENTS]",
    ),
    Defect(
        "a read without a certain answer counts as none",
        "worker/core/eligibility.py",
        "_FINDING.get((reply.kind, reply.meaning), Finding.UNKNOWN)",
        "_FINDING.get((reply.kind, reply.meaning), Finding.NONE)",
    ),
    Defect(
        "DELETEs are not counted as attempts", _STEPS, "deletes=progress.deletes + spent,", "deletes=progress.deletes,"
    ),
)

ANSWERS = (
    Defect(
        "totalCount is ignored",
        _REPLIES,
        'return (Meaning.PRESENT if found or total else Meaning.CLEAR), "http_200"',
        'return (Meaning.PRESENT if found else Meaning.CLEAR), "http_200"',
    ),
    Defect(
        "a null list is read as an empty one",
        _REPLIES,
        "return body[key] if isinstance(body[key], list) else None",
        "return body[key] if isinstance(body[key], list) else []",
    ),
    Defect(
        "the filter is not checked",
        _REPLIES,
        "if not all(isinstance(record, dict) and _is_theirs(record, asked) for record in found):",
        "if not all(isinstance(record, dict) for record in found):",
    ),
    Defect(
        "records of others are passed over",
        _REPLIES,
        '        return Meaning.UNUSABLE, "filter_ignored"\n',
        "        found = [record for record in found if isinstance(record, dict) and _is_theirs(record, asked)]\n",
    ),
    Defect(
        "any 2xx is a success",
        _REPLIES,
        "            return _deletion(status, answer.body, asked, cause)\n",
        "            done = 200 <= status < 300\n"
        "            return (Meaning.DELETED, cause) if done else _deletion(status, answer.body, asked, cause)\n",
    ),
    Defect(
        "a wrong echo is taken for a success",
        _REPLIES,
        '        return Meaning.WRONG_ECHO, "wrong_echo"',
        '        return Meaning.DELETED, "http_200"',
    ),
    Defect(
        "a wrong echo stops nothing",
        _DELETION,
        "        if reply.meaning is Meaning.WRONG_ECHO:\n",
        "        if self._manner is None:\n",
    ),
    Defect(
        "a wrong echo leaves no doubt",
        _STEPS,
        "misdirected=progress.misdirected or reply.meaning is Meaning.WRONG_ECHO,",
        "misdirected=progress.misdirected,",
    ),
    Defect(
        "another 4xx counts as certainly not applied",
        _STEPS,
        "Meaning.CONTESTED: Move.CONTEST,",
        "Meaning.CONTESTED: Move.TURNED_AWAY,",
    ),
    Defect(
        "no answer counts as certainly not applied",
        _STEPS,
        "_EFFECTS.get(reply.meaning, Move.UNANSWERED)",
        "_EFFECTS.get(reply.meaning, Move.TURNED_AWAY)",
    ),
    Defect(
        "a 429 counts as certainly not applied",
        _STEPS,
        "    Meaning.NOT_SENT: Move.TURNED_AWAY,\n",
        "    Meaning.NOT_SENT: Move.TURNED_AWAY,\n    Meaning.THROTTLED: Move.TURNED_AWAY,\n",
    ),
    Defect(
        "a 422 is taken for a reason to try again",
        _STEPS,
        "Meaning.REJECTED: Move.REJECT,",
        "Meaning.REJECTED: Move.TURNED_AWAY,",
    ),
    Defect(
        "a 404 to a DELETE is taken for done", _STEPS, "Meaning.MISSING: Move.MISS,", "Meaning.MISSING: Move.CONFIRM,"
    ),
    Defect("a redirect stops nothing", _RETRY, " Meaning.REDIRECTED: redirected,", ""),
    Defect("a 403 stops nothing", _RETRY, "Meaning.FORBIDDEN: forbidden, ", ""),
    Defect(
        "Retry-After is ignored",
        _RETRY,
        "case Meaning.THROTTLED if reply.retry_after is not None:",
        "case Meaning.THROTTLED if reply.retry_after == 0:",
    ),
    Defect(
        "tokens are renewed endlessly",
        "worker/asking.py",
        "                    replayed = True\n",
        "                    replayed = False\n",
    ),
)

BELIEF = (
    Defect(
        "the first 404 is trusted",
        _STEPS,
        "        case Absent():\n            return Hold()\n",
        '        case Absent():\n            return _settle(progress, Verdict.ALREADY_ABSENT, "http_404")\n',
    ),
    Defect(
        "a 404 read back needs no witness", _STEPS, "    if witnessed:\n", "    if witnessed or documents is None:\n"
    ),
    Defect(
        "whoever is gone was deleted by us",
        _STEPS,
        "ours = progress.standing.unanswered > 0 or progress.standing.state is State.CONTESTED",
        "ours = True",
    ),
    Defect(
        "gone after a 4xx was gone before",
        _STEPS,
        "ours = progress.standing.unanswered > 0 or progress.standing.state is State.CONTESTED",
        "ours = progress.standing.unanswered > 0",
    ),
    Defect(
        "a 409 answers for an earlier DELETE without an answer",
        _STEPS,
        "verdict = Verdict.IN_DOUBT if standing.unanswered else Verdict.REFUSED",
        "verdict = Verdict.REFUSED",
    ),
    Defect(
        "intents found at a start never left",
        _LIFECYCLE,
        "replace(standing, state=State.OPEN, unanswered=standing.unanswered + 1)",
        "replace(standing, state=State.OPEN)",
    ),
    Defect(
        "a new DELETE answers for the one in doubt",
        _LIFECYCLE,
        "return max(1, self.unanswered)",
        "return self.unanswered",
    ),
    Defect(
        "a success that was read back alive leaves no doubt behind",
        _LIFECYCLE,
        "return self.unanswered + (unsettled or move is Move.UNANSWERED)",
        "return self.unanswered + (move is Move.UNANSWERED)",
    ),
    Defect(
        "the sentinel is not read",
        "worker/vouching.py",
        "if self._named is not None and not await self._read(self._named):",
        "if self._named is not None and self._oversight.stop is not None:",
    ),
)

GUARDS = (
    Defect(
        "the cap is off by one",
        "worker/core/guards.py",
        "tally.charged >= limits.max_deletes",
        "tally.charged > limits.max_deletes",
    ),
    Defect(
        "between the look at the cap and its place others come by",
        _OVERSIGHT,
        "                self.tally = outcome\n",
        "                await asyncio.sleep(0)\n                self.tally = outcome\n",
    ),
    Defect(
        "an unanswered DELETE gives its place back",
        _DELETION,
        "if before.charged and not after.charged:",
        "if before.charged and after.state is State.OPEN:",
    ),
    Defect("the protect list is ignored", _DELETION, "            protected=claim.protected,\n", ""),
    Defect(
        "a protected customer in doubt is deleted again",
        _STEPS,
        "if doubtful and (progress.purpose is not Purpose.DELETE or progress.protected):",
        "if doubtful and progress.purpose is not Purpose.DELETE:",
        (
            "tests/shell/test_ending.py::test_a_doubt_that_was_put_on_the_protect_list_is_read_back_and_never_deleted_again",
        ),
    ),
    Defect(
        "a DELETE that waits for its permit does not see the stop",
        _DELETION,
        "if not permitted or self._oversight.stop is not None or self._tools.deletes is None:",
        "if self._tools.deletes is None:",
    ),
    Defect(
        "what has left is dropped when the run ends",
        _DELETION,
        "                await self._last_word(hand)\n                return\n",
        "                return\n",
    ),
    Defect(
        "the last reading waits like any other",
        _DELETION,
        "await self._ask(hand, Kind.GET_CUSTOMER, Priority.READ_BACK)",
        "await self._ask(hand, Kind.GET_CUSTOMER, Priority.CUSTOMER)",
    ),
    Defect(
        "a later wait shortens a longer one",
        "worker/pace.py",
        "        if until > self._parked_until:\n",
        "        if until:\n",
    ),
    Defect(
        "fractions of a rate are rounded up",
        "worker/pace.py",
        "        self._rate = rate\n        self._keep_to(min(rate, self._limit))\n",
        "        self._rate = rate = math.ceil(rate)\n        self._keep_to(min(rate, self._limit))\n",
    ),
)

BEHAVIOUR = (*ORDER, *ANSWERS, *BELIEF, *GUARDS)
