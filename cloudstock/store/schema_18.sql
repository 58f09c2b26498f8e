-- Step 18: the guard on what divided listings may sell asks for what is free by its one definition.
-- Where nothing was ever counted nothing is free, and no listing has a target.

DROP TRIGGER push_promises;
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
                AND o.divided AND NOT l.archived AND os.leader_id IS NULL);
END;
-- What was not taken comes off the quota again.
DROP TRIGGER push_promises_nothing;
CREATE TRIGGER push_quota_back AFTER UPDATE OF verdict ON push
WHEN OLD.verdict IS NULL AND NEW.verdict IN ('refused', 'later')
BEGIN
    UPDATE quota SET quantity = max(0, quantity - NEW.quantity), covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
END;
