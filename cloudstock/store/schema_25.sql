-- Step 25: marketplace warehouses that are closed: they show none, whatever there is, until the
-- configuration loses them.

-- Since when. NULL: it is open. One that comes back into the configuration is.
ALTER TABLE account_warehouse ADD COLUMN closed_at TEXT;
