-- One campaign: what it is bound to, and what its input held. `header`, `plan` and `requests` are JSON.
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    client_no INTEGER NOT NULL,
    input_digest TEXT NOT NULL,
    begun_by TEXT NOT NULL,
    header TEXT NOT NULL,
    rows INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    invalid INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    blank INTEGER NOT NULL,
    planning INTEGER NOT NULL,
    plan TEXT,
    latch TEXT,
    audit_mark TEXT  -- what the audit file looked like after a clean end; NULL while a run goes on or was killed
) STRICT;

-- Each distinct customer, in the order of its first line; ids are dense and begin at 1.
-- `rank` says in which pass of a run it is claimed (see ranks.py), `run` in which run it was last recorded.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    line INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    unanswered INTEGER NOT NULL DEFAULT 0,
    delete_status INTEGER,
    rank INTEGER NOT NULL DEFAULT 1,
    intents INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,
    setback INTEGER NOT NULL DEFAULT 0,
    approved INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    settled_at TEXT
) STRICT;

-- What is gone by us (rank 5) is never asked for again, so a finished campaign has next to nothing to look through.
CREATE INDEX customers_to_work ON customers (rank, id) WHERE rank < 5;
CREATE INDEX customers_held ON customers (id) WHERE state = 'held';
CREATE INDEX customers_ineligible ON customers (id) WHERE state = 'ineligible';
CREATE INDEX customers_seen ON customers (id) WHERE seen = 1 AND intents = 0;

-- Each row of the input. `customer` is NULL where `invalid` says why; a row that is not its customer's first
-- line is a duplicate. `cells` is a JSON list of the original cells.
CREATE TABLE rows (
    line INTEGER PRIMARY KEY,
    customer INTEGER REFERENCES customers (id),
    invalid TEXT,
    cells TEXT NOT NULL
) STRICT;

-- Keys of customers that must never be deleted; replaced at each start.
CREATE TABLE protect (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_code INTEGER,
    stopped_by TEXT,
    requests TEXT NOT NULL DEFAULT '{}',
    pulse TEXT NOT NULL DEFAULT '{}'  -- how it was going a moment ago, for `status` beside the run
) STRICT;

-- The audit: `line` is the canonical chained line, without its newline.
CREATE TABLE facts (seq INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT;

CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts
BEGIN
    SELECT RAISE(ABORT, 'facts are never changed');
END;

CREATE TRIGGER facts_are_never_removed BEFORE DELETE ON facts
BEGIN
    SELECT RAISE(ABORT, 'facts are never removed');
END;

-- What a plan finds free to go: eligible customers, and those in doubt that it read again, all three reads affirmative.
CREATE VIEW found_free AS
SELECT id, key FROM customers WHERE state = 'eligible' OR (state = 'in_doubt' AND reason = 'still_there');
