-- Step 8: a return that nobody has decided yet is a step of its own, and each return knows since when
-- its status has stood and when it was asked for last. A CHECK cannot be changed in place, so returns
-- are copied, row by row; nothing refers to them.

CREATE TABLE returns_wider (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    return_id TEXT NOT NULL,
    order_id TEXT,
    listing_id INTEGER REFERENCES listing,
    offer_id TEXT NOT NULL DEFAULT '',
    keys TEXT NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('expected', 'undecided', 'received', 'never', 'unknown')),
    status TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    condition TEXT,
    replaces TEXT,
    created_at TEXT,
    received_at TEXT,
    first_seen_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    -- Received before the book began: it moved nothing and never will.
    history INTEGER NOT NULL DEFAULT 0 CHECK (history IN (0, 1)),
    -- Units of the listing brought to the seller, as booked; and what a person did with them.
    booked INTEGER NOT NULL DEFAULT 0 CHECK (booked >= 0),
    restocked INTEGER NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    written_off INTEGER NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    -- The shelf it goes back to.
    warehouse_id INTEGER REFERENCES warehouse,
    -- Since when its status has been what it is: the marketplace's word, else when that was read;
    -- NULL: since it was seen first.
    changed_at TEXT,
    -- When it was last asked for by its order; NULL: not yet.
    asked_at TEXT,
    -- When people were told that it is not asked for any more; NULL: it is, or need not be.
    given_up_at TEXT,
    CHECK (restocked + written_off <= booked),
    UNIQUE (account_id, return_id)
) STRICT;
INSERT INTO returns_wider SELECT *, NULL, NULL, NULL FROM returns;
DROP TABLE returns;
ALTER TABLE returns_wider RENAME TO returns;
CREATE INDEX returns_order ON returns (account_id, order_id);
CREATE INDEX returns_expected ON returns (account_id)
WHERE step IN ('expected', 'undecided', 'unknown') AND given_up_at IS NULL;
CREATE INDEX returns_unknown ON returns (account_id) WHERE step = 'unknown';
CREATE INDEX returns_waiting ON returns (account_id) WHERE booked > restocked + written_off;
