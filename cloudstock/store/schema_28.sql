-- Step 28: how units come to be divided anew: when listings may be emptied for it, and how much may be
-- sold twice where they are not.

-- When a listing may be emptied so that its units go to others, or come back to it with more: hours
-- of the day, HH:MM-HH:MM. NULL: at any time; '': never.
ALTER TABLE product ADD COLUMN empty_hours TEXT CHECK (empty_hours = ''
    OR empty_hours GLOB '[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]');

-- Changes for which somebody chose that units may be sold twice while listings are lowered, and how
-- many at most. It has ended when what all of them may still sell is there again.
CREATE TABLE quota_excess (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    units INTEGER NOT NULL CHECK (units > 0),
    began_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX quota_excess_open ON quota_excess (product_id, warehouse_id)
WHERE ended_at IS NULL;

-- Units of each product that each divided listing may sell, sold unseen included. (No sums, so that
-- only those of one product are read where they are summed up.)
CREATE VIEW quota_units AS SELECT
    oc.product_id,
    ow.warehouse_id,
    coalesce(o.quantity, 1e15) * oc.units AS units
FROM component oc
CROSS JOIN quota o ON o.listing_id = oc.listing_id
CROSS JOIN listing l ON l.id = oc.listing_id
CROSS JOIN account_warehouse ow ON ow.account_id = o.account_id
    AND ow.external_warehouse = o.external_warehouse
CROSS JOIN listing_stock os ON os.listing_id = o.listing_id
    AND os.external_warehouse = o.external_warehouse
WHERE o.divided AND l.offered AND os.leader_id IS NULL;

-- As before, but for what is allowed once: never more than was written down, and only where a
-- listing is lowered.
DROP TRIGGER push_quota;
CREATE TRIGGER push_quota AFTER INSERT ON push WHEN EXISTS (SELECT 1 FROM quota p
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse)
BEGIN
    UPDATE quota SET quantity = quantity + NEW.quantity, covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
    SELECT RAISE(ABORT, 'divided listings would be promised more than is available')
    FROM quota p
    CROSS JOIN account_warehouse w ON w.account_id = p.account_id
        AND w.external_warehouse = p.external_warehouse
    CROSS JOIN component c ON c.listing_id = p.listing_id
    CROSS JOIN product ON product.id = c.product_id
    LEFT JOIN stock st ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse
        AND p.divided AND NEW.quantity > 0
        AND (p.policy = 'split' OR NEW.low_before IS NULL OR NEW.quantity > NEW.low_before)
        AND coalesce(st.free, 0) - coalesce(product.buffer, 0) + coalesce((
            SELECT x.units FROM quota_excess x
            WHERE x.product_id = c.product_id AND x.warehouse_id = w.warehouse_id
                AND x.ended_at IS NULL AND NEW.quantity <= NEW.low_before), 0) < (
            SELECT total(u.units) FROM quota_units u
            WHERE u.product_id = c.product_id AND u.warehouse_id = w.warehouse_id);
END;
