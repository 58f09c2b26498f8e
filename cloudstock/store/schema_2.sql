-- Step 2: the few windows that are held back are found without walking all of the account's.

CREATE INDEX shown_held ON shown (account_id) WHERE hold_until IS NOT NULL;
