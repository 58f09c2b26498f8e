-- Step 21: a listing that a complete reading of the catalog did not find is gone: like an archived
-- one it is sent nothing and takes no part. It is back when it is found again.

ALTER TABLE listing ADD COLUMN gone_at TEXT;
ALTER TABLE listing ADD COLUMN offered INTEGER NOT NULL GENERATED ALWAYS AS
    (NOT archived AND gone_at IS NULL) VIRTUAL;
CREATE INDEX listing_gone ON listing (account_id) WHERE gone_at IS NOT NULL;

DROP TRIGGER listing_archives;
CREATE TRIGGER listing_offered AFTER UPDATE OF archived, gone_at ON listing
WHEN NEW.offered <> OLD.offered
BEGIN
    INSERT INTO dirty VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;

DROP VIEW unlinked_listing;
-- Listings that are linked to no product, so that nothing is sent for them.
CREATE VIEW unlinked_listing AS SELECT l.* FROM listing l INDEXED BY listing_not_auto
WHERE l.link <> 'auto' AND l.offered
    AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id);

-- As before, but for listings that are gone.
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
        AND coalesce(st.free, 0) - coalesce(product.buffer, 0) < (
            SELECT total(coalesce(o.quantity, 1e15) * oc.units)
            FROM component oc
            CROSS JOIN quota o ON o.listing_id = oc.listing_id
            CROSS JOIN listing l ON l.id = oc.listing_id
            CROSS JOIN account_warehouse ow ON ow.account_id = o.account_id
                AND ow.external_warehouse = o.external_warehouse
            CROSS JOIN listing_stock os ON os.listing_id = o.listing_id
                AND os.external_warehouse = o.external_warehouse
            WHERE oc.product_id = c.product_id AND ow.warehouse_id = w.warehouse_id
                AND o.divided AND l.offered AND os.leader_id IS NULL);
END;
