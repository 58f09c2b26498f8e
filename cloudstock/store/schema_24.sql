-- Step 24: an order stays in the warehouse where its units were promised, whatever feeds the
-- marketplace's now.

-- Ours that fed it before, and until when: orders made before that were promised there. NULL: none.
ALTER TABLE account_warehouse ADD COLUMN warehouse_before INTEGER REFERENCES warehouse;
ALTER TABLE account_warehouse ADD COLUMN warehouse_since TEXT
    CHECK ((warehouse_since IS NULL) = (warehouse_before IS NULL));
