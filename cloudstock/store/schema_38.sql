-- Step 38: a promotion is followed within minutes.

-- Listings sold per second, as the last hours or minutes tell where they tell more than `rate`, which
-- is that of the last days (`store/rates.py`). Measured whenever targets of divided listings are.
ALTER TABLE quota ADD COLUMN rush REAL NOT NULL DEFAULT 0 CHECK (rush >= 0);
CREATE INDEX quota_rush ON quota (rush) WHERE rush > 0;
