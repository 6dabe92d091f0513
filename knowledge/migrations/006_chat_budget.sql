-- What the chat model was asked each day (UTC), for each guild; '' stands for what is asked outside of any.

CREATE TABLE chat_budget (
    day TEXT,
    guild TEXT,
    calls INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    PRIMARY KEY (day, guild)
);
