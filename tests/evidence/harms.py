"""How somebody who owns the disk could tamper with a log: each kind as a function of a log, another log, and dice.

Decides nothing about being found. A forger knows the format: `forged` computes all hashes anew.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from tests.evidence.logs import Found
from worker.core.values import replace

Harm = Callable[[Found, Found, random.Random], Found]
_HASH = b',"hash":"'
_EDITS = (
    (rb'^\{"seq":(\d+)', rb'{"seq":\1.0'),
    (rb'"verdict":"\w+"', b'"verdict":"already_absent"'),
    (rb'"verdict":"\w+"', b'"verdict":"gone"'),
    (rb'"verdict":"\w+"', b'"verdict":["deleted"]'),
    (rb'"reason":"[^"]*"', b'"reason":"edited"'),
    (rb'"sent":true', b'"sent":false'),
    (rb'"sent":true', b'"sent":1'),
    (rb'"status":\d+', b'"status":404'),
    (rb'"attempt":1', b'"attempt":2'),
    (rb'"(customer(?:No|Ref))":"[^"]*"', rb'"\1":"900000"'),
    (rb'"(customer(?:No|Ref))":"[^"]*"', rb'"\1":null'),
    (rb'"customerRef":"[^"]*"', b'"customerNo":"500001"'),
    (rb'"pseudonymKey":"[^"]*",', b""),
    (rb'"clientNo":2218', b'"clientNo":2219'),
    (rb'"time":"20', b'"time":"19'),
    (rb'"gets":\d', b'"gets":9'),
    (rb'"kind":"check"', b'"kind":"chekc"'),
    (rb'"kind":"intent"', b'"kind":"control"'),
    (rb'"recheck":\w+', b'"recheck":null'),
    (rb'"customers":\d', b'"customers":1'),
    (rb'"format":"[^"]*"', b'"format":"amili-purge-audit/2"'),
    (rb'"event":"\w+"', b'"event":"created"'),
)


def forged(lines: Sequence[bytes], start: int = 0) -> bytes:
    """The lines with seq, prev and hash computed anew from `start` on, so that the chain holds."""
    whole, prev = list(lines[:start]), lines[start - 1][-67:-3] if start else b"0" * 64
    for place, line in enumerate(lines[start:], start=start + 1):
        opened = re.sub(rb'^\{"seq":\d+', b'{"seq":%d' % place, line.rpartition(_HASH)[0])
        opened = opened[:-65] + prev + b'"'
        prev = sha256(opened).hexdigest().encode()
        whole.append(b'%b%b%b"}\n' % (opened, _HASH, prev))
    return b"".join(whole)


def _flip(found: Found, _: Found, dice: random.Random) -> Found:
    data = bytearray(found.log)
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return replace(found, log=bytes(data))


def _drop(found: Found, _: Found, dice: random.Random) -> Found:
    lines = found.lines
    del lines[dice.randrange(len(lines))]
    return replace(found, log=b"".join(lines))


def _swap(found: Found, _: Found, dice: random.Random) -> Found:
    lines = found.lines
    one, other = dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return replace(found, log=b"".join(lines))


def _duplicate(found: Found, _: Found, dice: random.Random) -> Found:
    lines = found.lines
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
    return replace(found, log=b"".join(lines))


def _insert(found: Found, _: Found, dice: random.Random) -> Found:
    lines = found.lines
    made_up = (b"\n", b"{}\n", b"null\n", dice.randbytes(20).replace(b"\n", b"") + b"\n", forged(lines[-1:]))
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(made_up))
    return replace(found, log=b"".join(lines))


def _cut(found: Found, _: Found, dice: random.Random) -> Found:
    if dice.random() < 0.5:
        return replace(found, log=found.log[: dice.randrange(len(found.log))])
    return replace(found, log=b"".join(found.lines[: dice.randrange(len(found.lines))]))


def _splice(found: Found, other: Found, dice: random.Random) -> Found:
    ours, theirs = found.lines, other.lines
    at = dice.randrange(len(ours))
    joined = ours[:at] + theirs[min(at, len(theirs) - 1) :]
    ways = (
        b"".join(joined),
        forged(joined, at),
        other.log,
        b"".join([*ours[:at], dice.choice(theirs), *ours[at:]]),
    )
    return replace(found, log=dice.choice(ways))


def edited(found: Found, dice: random.Random, before: int) -> bytes:
    """One member of one of the first `before` lines changed, and all hashes computed anew."""
    lines = found.lines
    fitting = [
        (place, pattern, text)
        for pattern, text in _EDITS
        for place, line in enumerate(lines[:before])
        if (hit := re.search(pattern, line)) and hit[0] != text
    ]
    place, pattern, text = dice.choice(fitting)
    lines[place] = re.sub(pattern, text, lines[place], count=1)
    return forged(lines, place)


def _edit(found: Found, _: Found, dice: random.Random) -> Found:
    return replace(found, log=edited(found, dice, len(found.lines)))


def _rewrite(found: Found, _: Found, dice: random.Random) -> Found:
    """Somebody's lines taken out or put in, and all hashes computed anew."""
    lines = found.lines
    if dice.random() < 0.5:
        named = [name[0] for line in lines if (name := re.search(rb'"customer(?:No|Ref)":"[^"]*"', line))]
        gone = dice.choice(named)
        return replace(found, log=forged([line for line in lines if gone not in line]))
    lines.insert(dice.randrange(1, len(lines) + 1), dice.choice(lines[1:]))
    return replace(found, log=forged(lines))


HARMS: Mapping[str, Harm] = {
    "flip": _flip,
    "drop": _drop,
    "swap": _swap,
    "duplicate": _duplicate,
    "insert": _insert,
    "cut": _cut,
    "splice": _splice,
    "edit": _edit,
    "rewrite": _rewrite,
}
