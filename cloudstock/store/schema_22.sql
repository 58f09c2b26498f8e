-- Step 22: how long a change of who may sell a unit takes, and what it waits for.

-- Seconds after a number was taken from which on a reading of the account's orders tells all that
-- was sold before it. NULL: its orders were never read.
ALTER TABLE account ADD COLUMN settle_s INTEGER CHECK (settle_s >= 0);

-- What divided listings wait for: listings of their products in the same warehouse (themselves
-- among them) that may have sold units unread.
CREATE VIEW quota_wait AS SELECT
    mine.listing_id,
    mw.external_warehouse,
    p.listing_id AS other_id,
    p.account_id AS other_account_id,
    -- Orders read after this moment tell; NULL: nobody knows when.
    strftime('%Y-%m-%dT%H:%M:%fZ', p.bound_until, '+' || a.settle_s || ' seconds') AS until
FROM quota mine
CROSS JOIN account_warehouse mw ON mw.account_id = mine.account_id
    AND mw.external_warehouse = mine.external_warehouse
CROSS JOIN component mc ON mc.listing_id = mine.listing_id
CROSS JOIN component c ON c.product_id = mc.product_id
CROSS JOIN quota p ON p.listing_id = c.listing_id
CROSS JOIN account_warehouse w ON w.account_id = p.account_id
    AND w.external_warehouse = p.external_warehouse AND w.warehouse_id = mw.warehouse_id
CROSS JOIN listing l ON l.id = p.listing_id
CROSS JOIN account a ON a.id = p.account_id
WHERE mine.divided AND p.divided AND l.offered AND NOT p.covered
    AND (p.quantity IS NULL OR p.bound IS NULL OR p.bound < p.quantity);
