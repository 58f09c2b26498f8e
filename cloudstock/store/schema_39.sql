-- Step 39: a person may pause what is sent to an account, whatever the configuration says.

-- Since when; NULL: it is not paused.
ALTER TABLE account ADD COLUMN paused_at TEXT;
