-- Which entry of the ledger was undone by another.

ALTER TABLE ledger ADD COLUMN undoes INTEGER;
