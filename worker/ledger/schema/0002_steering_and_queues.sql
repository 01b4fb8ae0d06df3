-- What was ordered of the campaign (see core/orders.py); `halt` is JSON. `stirred` grows when customers come back or
-- come anew, so that a walk that found nothing more looks again.
ALTER TABLE campaign ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN rate REAL;
ALTER TABLE campaign ADD COLUMN max_deletes INTEGER;
ALTER TABLE campaign ADD COLUMN halt TEXT;
ALTER TABLE campaign ADD COLUMN stirred INTEGER NOT NULL DEFAULT 0;

-- A row from a queue has its request's identity. A row whose customer a later request opened again keeps its verdict.
ALTER TABLE rows ADD COLUMN request TEXT;
ALTER TABLE rows ADD COLUMN verdict TEXT;
ALTER TABLE rows ADD COLUMN reason TEXT;
ALTER TABLE rows ADD COLUMN delete_status INTEGER;
ALTER TABLE rows ADD COLUMN settled_at TEXT;
CREATE UNIQUE INDEX rows_by_request ON rows (request) WHERE request IS NOT NULL;
CREATE INDEX rows_deleted_before ON rows (settled_at) WHERE verdict IN ('deleted', 'deleted_inferred');

-- When the last DELETE was meant, for a cap over a window of time.
ALTER TABLE customers ADD COLUMN intended_at TEXT;
CREATE INDEX customers_intended ON customers (intended_at) WHERE intended_at IS NOT NULL;

-- The worker of a run: where it lives, and which runs were going on together.
ALTER TABLE runs ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN pid INTEGER NOT NULL DEFAULT 0;
