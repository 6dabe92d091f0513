-- Who wishes to hear once a question can be answered, and what became of questions that could not be.

CREATE TABLE wishes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    question TEXT NOT NULL,
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    guild TEXT,
    private BOOLEAN NOT NULL,
    wished_at DATETIME NOT NULL,
    tried_at DATETIME,
    UNIQUE (question, person, channel)
);

CREATE INDEX wishes_by_guild ON wishes (guild);

CREATE TABLE gap_marks (
    guild TEXT,
    question TEXT,
    mark TEXT NOT NULL,
    marked_at DATETIME NOT NULL,
    PRIMARY KEY (guild, question)
);

CREATE INDEX answers_by_guild ON answers (guild, asked_at);
