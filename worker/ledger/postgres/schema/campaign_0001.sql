-- One campaign; the tables are those of the SQLite ledger (see there), and what many workers need besides.
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    client_no BIGINT NOT NULL,
    input_digest TEXT NOT NULL,
    begun_by TEXT NOT NULL,
    header TEXT NOT NULL,
    rows BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    invalid BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    blank BIGINT NOT NULL,
    planning INTEGER NOT NULL,
    plan TEXT,
    latch TEXT,
    audit_mark TEXT,
    orders BIGINT NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    rate DOUBLE PRECISION,
    max_deletes BIGINT,
    halt TEXT,
    stirred BIGINT NOT NULL DEFAULT 0,
    charged BIGINT NOT NULL DEFAULT 0,  -- kept with each change of a customer, so that guards need not count
    in_doubt BIGINT NOT NULL DEFAULT 0
);

-- `holder` is the run that works on the customer at this moment; `run` the one that recorded it last.
CREATE TABLE customers (
    id BIGINT PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    number TEXT NOT NULL,
    line BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    unanswered INTEGER NOT NULL DEFAULT 0,
    delete_status INTEGER,
    rank INTEGER NOT NULL DEFAULT 1,
    intents INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,
    setback INTEGER NOT NULL DEFAULT 0,
    approved INTEGER NOT NULL DEFAULT 0,
    run BIGINT NOT NULL DEFAULT 0,
    holder BIGINT,
    reason TEXT NOT NULL DEFAULT '',
    settled_at TEXT,
    intended_at TEXT
);
CREATE INDEX customers_to_work ON customers (rank, id) WHERE rank < 5 AND holder IS NULL;
CREATE INDEX customers_in_hand ON customers (holder) WHERE holder IS NOT NULL;
CREATE INDEX customers_held ON customers (id) WHERE state = 'held';
CREATE INDEX customers_ineligible ON customers (id) WHERE state = 'ineligible';
CREATE INDEX customers_seen ON customers (id) WHERE seen = 1 AND intents = 0;
CREATE INDEX customers_intended ON customers (intended_at) WHERE intended_at IS NOT NULL;

CREATE TABLE rows (
    line BIGINT PRIMARY KEY,
    customer BIGINT REFERENCES customers (id),
    invalid TEXT,
    cells TEXT NOT NULL,
    request TEXT COLLATE "C",
    verdict TEXT,
    reason TEXT,
    delete_status INTEGER,
    settled_at TEXT
);
CREATE UNIQUE INDEX rows_by_request ON rows (request) WHERE request IS NOT NULL;
CREATE INDEX rows_deleted_before ON rows (settled_at) WHERE verdict IN ('deleted', 'deleted_inferred');

CREATE TABLE protect (key TEXT COLLATE "C" PRIMARY KEY);

-- One worker's run each. `epoch` is the first of those that go on together. A run whose lease has passed is buried:
-- its number is a fence, and nothing is recorded under it any more.
CREATE TABLE runs (
    id BIGINT PRIMARY KEY,
    epoch BIGINT NOT NULL,
    command TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_code INTEGER,
    stopped_by TEXT,
    requests TEXT NOT NULL DEFAULT '{}',
    pulse TEXT NOT NULL DEFAULT '{}',
    host TEXT NOT NULL DEFAULT '',
    pid BIGINT NOT NULL DEFAULT 0,
    max_deletes BIGINT,
    lease_until TIMESTAMPTZ NOT NULL,
    leaving INTEGER NOT NULL DEFAULT 0,
    buried INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE facts (seq BIGINT PRIMARY KEY, line BYTEA NOT NULL);

CREATE FUNCTION facts_are_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are never changed or removed';
END $$;
CREATE TRIGGER facts_are_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON facts
    FOR EACH STATEMENT EXECUTE FUNCTION facts_are_for_ever();

-- Which batch of each writer was the last to be committed: whoever lost the answer to a COMMIT finds it here.
CREATE TABLE batches (writer TEXT PRIMARY KEY, number BIGINT NOT NULL);

CREATE VIEW found_free AS
SELECT id, key FROM customers WHERE state = 'eligible' OR (state = 'in_doubt' AND reason = 'still_there');
