-- Step 13: what could not be read is told apart from words that nobody knows.

-- 1: the order, the listing or whatever held it became no record.
ALTER TABLE surprise ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0 CHECK (left_out IN (0, 1));
