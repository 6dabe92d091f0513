-- What the shipped fact said when a guild changed it: its digest, NULL where none was shipped.

ALTER TABLE own_facts ADD COLUMN shipped TEXT;
