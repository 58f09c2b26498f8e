-- Step 6: what people are told of, each event once.

CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    -- 'down': an account's orders cannot be read; 'failed': another of its jobs does not succeed.
    kind TEXT NOT NULL CHECK (kind IN ('down', 'failed', 'oversold', 'unlinked', 'token')),
    -- Which one of its kind: ids, so that a new name is no new event.
    subject TEXT NOT NULL,
    -- JSON object: what a message needs, as it was found last before it was told.
    facts TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    -- The last time that somebody was told of it; NULL: nobody was.
    told_at TEXT,
    closed_at TEXT,
    -- When somebody was told that it is over.
    end_told_at TEXT,
    -- Who is telling it just now, and until when nobody else does.
    teller TEXT,
    teller_until TEXT,
    CHECK (end_told_at IS NULL OR (told_at IS NOT NULL AND closed_at IS NOT NULL)),
    CHECK ((teller IS NULL) = (teller_until IS NULL))
) STRICT;
-- An event is open once, whoever finds it.
CREATE UNIQUE INDEX notice_open ON notice (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX notice_closed ON notice (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX notice_teller ON notice (teller) WHERE teller IS NOT NULL;

-- After every job these are looked for: without walking all products and listings.
CREATE INDEX stock_oversold ON stock (product_id, warehouse_id)
WHERE counted_at IS NOT NULL AND reserved > on_hand;
