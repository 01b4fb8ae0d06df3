-- What all campaigns in this database share. Each campaign has a schema of its own, named by its id.
CREATE TABLE campaigns (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    version INTEGER NOT NULL DEFAULT 0,  -- of the campaign's tables
    made_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- One rate for all who name the same group: when the next slot begins, and who is there.
CREATE TABLE rate_groups (
    name TEXT COLLATE "C" PRIMARY KEY,
    next_due TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE rate_members (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rate_group TEXT COLLATE "C" NOT NULL REFERENCES rate_groups (name),
    rate DOUBLE PRECISION NOT NULL,  -- requests a second that this member wants the group to keep to
    lease_until TIMESTAMPTZ NOT NULL
);
CREATE INDEX rate_members_of_a_group ON rate_members (rate_group);
