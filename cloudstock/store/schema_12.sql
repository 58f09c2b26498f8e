-- Step 12: accounts that are only watched, and how far marketplaces' numbers were from ours.

-- 'off': it is read, booked and compared, and no number is sent to it.
ALTER TABLE account ADD COLUMN push TEXT NOT NULL DEFAULT 'on' CHECK (push IN ('on', 'off'));
-- Since when that is so; NULL: from the beginning.
ALTER TABLE account ADD COLUMN push_since TEXT;
-- 1: no number is sent to it, because its account is not pushed or shares its stock with one that
-- is not.
ALTER TABLE account_warehouse ADD COLUMN watched INTEGER NOT NULL DEFAULT 0
    CHECK (watched IN (0, 1));
-- When that ended last: a number accepted before says nothing of what is shown. NULL: it never was.
ALTER TABLE account_warehouse ADD COLUMN watched_until TEXT;

-- What each complete reading showed beside the targets; see `domain.comparison`.
CREATE TABLE comparison (
    account_id INTEGER NOT NULL REFERENCES account,
    -- When the reading ended.
    compared_at TEXT NOT NULL,
    -- As the account's at that time.
    push TEXT NOT NULL CHECK (push IN ('on', 'off')),
    listings INTEGER NOT NULL CHECK (listings >= above + below),
    above INTEGER NOT NULL CHECK (above >= 0),
    units_above INTEGER NOT NULL CHECK (units_above >= above),
    below INTEGER NOT NULL CHECK (below >= 0),
    units_below INTEGER NOT NULL CHECK (units_below >= below),
    unrecorded INTEGER NOT NULL CHECK (unrecorded BETWEEN 0 AND listings),
    uncertain INTEGER NOT NULL CHECK (uncertain >= 0),
    PRIMARY KEY (account_id, compared_at)
) STRICT, WITHOUT ROWID;
