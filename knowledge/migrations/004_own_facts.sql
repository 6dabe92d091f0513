-- What guilds say in the place of shipped facts, or besides them: every version, the last one counts.

CREATE TABLE own_facts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    guild TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    fact JSON,
    person TEXT NOT NULL,
    changed_at DATETIME NOT NULL
);

CREATE INDEX own_facts_by_guild ON own_facts (guild, fact_id);
