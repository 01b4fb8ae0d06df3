-- Which key a campaign's pseudonyms were made with; NULL where its log has customer numbers. `closed_at`: no run may
-- begin any more, and numbers and cells are gone from the tables; `forgotten_at`: nor do they stand anywhere else.
ALTER TABLE campaign ADD COLUMN pseudonym_key TEXT;
ALTER TABLE campaign ADD COLUMN closed_at TEXT;
ALTER TABLE campaign ADD COLUMN forgotten_at TEXT;

-- What the log calls a customer, where it is not called by its number.
ALTER TABLE customers ADD COLUMN ref TEXT;

DROP VIEW found_free;
CREATE VIEW found_free AS
SELECT id, key, ref FROM customers WHERE state = 'eligible' OR (state = 'in_doubt' AND reason = 'still_there');
