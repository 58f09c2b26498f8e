-- Step 9: what an account tells beside its documents.

-- The marketplace's clock minus this machine's, in seconds, as its answers told last.
ALTER TABLE account ADD COLUMN clock_skew_s REAL;
ALTER TABLE account ADD COLUMN clock_skew_at TEXT;
-- When its credentials end, and when that was asked; NULL: it does not tell, or was not asked.
ALTER TABLE account ADD COLUMN credentials_end TEXT;
ALTER TABLE account ADD COLUMN credentials_asked_at TEXT;

-- How coarse received_at is told, where that is more than a second.
ALTER TABLE returns ADD COLUMN received_within_s INTEGER NOT NULL DEFAULT 0
    CHECK (received_within_s >= 0);

-- Words of the marketplaces that no table of the program holds: where each was met, and how often.
CREATE TABLE surprise (
    account_id INTEGER NOT NULL REFERENCES account,
    -- The request whose answer held it: 'POST /v4/posting/fbs/list'.
    place TEXT NOT NULL,
    field TEXT NOT NULL,
    word TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0),
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (account_id, place, field, word)
) STRICT, WITHOUT ROWID;
