-- Step 14: events are called as the kinds of troubles are, whichever there are.

CREATE TABLE notice_wider (
    id INTEGER PRIMARY KEY,
    -- A kind of `store.troubles`.
    kind TEXT NOT NULL,
    -- Which of the account's, or of the warehouses', it is.
    subject TEXT NOT NULL,
    -- JSON: what the sentences of its kind say of it.
    facts TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    -- When people were told of it last; NULL: not yet.
    told_at TEXT,
    -- NULL: it lasts.
    closed_at TEXT,
    -- When people were told that it is over.
    end_told_at TEXT,
    -- Who is telling it now, and until when nobody else does.
    teller TEXT,
    teller_until TEXT,
    CHECK (end_told_at IS NULL OR (told_at IS NOT NULL AND closed_at IS NOT NULL)),
    CHECK ((teller IS NULL) = (teller_until IS NULL))
) STRICT;
-- An account whose orders could not be read was one kind, whatever it came of.
INSERT INTO notice_wider
SELECT id,
    CASE kind WHEN 'unlinked' THEN 'unlinked_listing' WHEN 'token' THEN 'credentials'
        WHEN 'down' THEN iif(facts ->> '$.message' IS NULL, 'stale', 'failed') ELSE kind END,
    iif(kind = 'down' AND facts ->> '$.message' IS NOT NULL, subject || ':orders', subject),
    CASE
        WHEN kind IN ('down', 'failed') THEN json_object('account', facts ->> '$.account', 'job',
            coalesce(facts ->> '$.job', 'orders'), 'message', facts ->> '$.message',
            'succeeded_at', facts ->> '$.since', 'read_at', facts ->> '$.since', 'ahead', 0)
        WHEN kind = 'unlinked' THEN json_object('account', facts ->> '$.account',
            'offer_id', facts ->> '$.article', 'name', '')
        WHEN kind = 'token' THEN json_set(facts, '$.days', 0)
        ELSE facts END,
    opened_at, told_at, closed_at, end_told_at, teller, teller_until
FROM notice;
DROP TABLE notice;
ALTER TABLE notice_wider RENAME TO notice;
CREATE UNIQUE INDEX notice_open ON notice (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX notice_closed ON notice (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX notice_teller ON notice (teller) WHERE teller IS NOT NULL;
