-- Whoever changed a fact may be forgotten: the change stays without a name.

CREATE TABLE own_facts_unnamed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    guild TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    fact JSON,
    person TEXT,
    changed_at DATETIME NOT NULL,
    shipped TEXT
);

INSERT INTO own_facts_unnamed
SELECT number, guild, fact_id, fact, person, changed_at, shipped FROM own_facts;

DROP TABLE own_facts;

ALTER TABLE own_facts_unnamed RENAME TO own_facts;

CREATE INDEX own_facts_by_guild ON own_facts (guild, fact_id);

-- The guilds that the bot is or was in, and since when it is not.
CREATE TABLE joined (
    guild TEXT PRIMARY KEY,
    left_at DATETIME
);
