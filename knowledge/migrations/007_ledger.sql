-- Who did what to the documents, and what was there before, so that it can be undone.

CREATE TABLE ledger (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    at DATETIME NOT NULL,
    person TEXT,
    act TEXT NOT NULL,
    document_id TEXT NOT NULL,
    title TEXT NOT NULL,
    before JSON,
    undo_until DATETIME,
    undone BOOLEAN NOT NULL
);

CREATE INDEX ledger_by_scope ON ledger (scope, number);

CREATE INDEX ledger_by_person ON ledger (person);

CREATE INDEX ledger_by_document ON ledger (document_id);

-- Who asks, and which entry of the ledger is to be undone.
ALTER TABLE jobs ADD COLUMN person TEXT;

ALTER TABLE jobs ADD COLUMN undoes INTEGER;

-- When the place of a document was last looked at, and what its server said of that version.
ALTER TABLE documents ADD COLUMN looked_at DATETIME;

ALTER TABLE documents ADD COLUMN etag TEXT;

ALTER TABLE documents ADD COLUMN last_modified TEXT;

UPDATE documents SET looked_at = added_at;
