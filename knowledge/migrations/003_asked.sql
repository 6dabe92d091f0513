-- What was asked and answered, what people said of it, and what each guild wants.

CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    guild TEXT,
    private BOOLEAN NOT NULL,
    message TEXT,
    previous TEXT,
    asked_at DATETIME NOT NULL,
    abstained BOOLEAN NOT NULL,
    answer JSON NOT NULL
);

CREATE INDEX answers_by_person ON answers (person, channel, asked_at);

CREATE INDEX answers_by_message ON answers (message);

-- Whoever removes a document removes what quotes it, too.
CREATE TABLE cited (
    answer_id TEXT REFERENCES answers (id) ON DELETE CASCADE,
    document_id TEXT,
    PRIMARY KEY (answer_id, document_id)
);

CREATE INDEX cited_by_document ON cited (document_id);

CREATE TABLE verdicts (
    answer_id TEXT REFERENCES answers (id) ON DELETE CASCADE,
    person TEXT,
    verdict TEXT,
    why TEXT,
    told_at DATETIME NOT NULL,
    PRIMARY KEY (answer_id, person, verdict)
);

CREATE TABLE guilds (
    id TEXT PRIMARY KEY,
    settings JSON NOT NULL
);
