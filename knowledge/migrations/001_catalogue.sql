-- What is known, where it comes from, and what is still to be done.

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    title TEXT NOT NULL,
    publisher TEXT,
    url TEXT,
    published TEXT,
    details JSON NOT NULL,
    added_at DATETIME NOT NULL
);

CREATE INDEX documents_by_digest ON documents (scope, digest);

CREATE TABLE passages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT NOT NULL
);

CREATE INDEX passages_by_document ON passages (document_id);

CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL,
    document_id TEXT NOT NULL,
    document JSON,
    outcome TEXT,
    asked_at DATETIME NOT NULL,
    done_at DATETIME
);

CREATE INDEX jobs_waiting ON jobs (number) WHERE outcome IS NULL;

CREATE TABLE registry (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO registry (name, value) VALUES ('revision', '0');
