-- Step 16: the newest returns are found without a look at the others.

-- When it was made, or first heard of.
ALTER TABLE returns ADD COLUMN made_at TEXT NOT NULL GENERATED ALWAYS AS
    (coalesce(created_at, first_seen_at)) VIRTUAL;
CREATE INDEX returns_made ON returns (made_at);
