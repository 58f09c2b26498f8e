-- Step 10: warehouses that show one stock by themselves are written once for each offer, by the first
-- account that sells it; what the others show follows that.

-- The warehouses of accounts that show one stock, in the order in which they lead.
CREATE TABLE stock_share (
    account_id INTEGER NOT NULL REFERENCES account,
    external_warehouse TEXT NOT NULL,
    -- Those with one word here show one stock.
    stock TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (account_id, external_warehouse),
    UNIQUE (stock, place)
) STRICT, WITHOUT ROWID;

-- The window that is pushed in this one's stead, of the same offer; NULL: this one is pushed itself.
ALTER TABLE shown ADD COLUMN leader_id INTEGER REFERENCES listing ON DELETE SET NULL;
ALTER TABLE shown ADD COLUMN leader_warehouse TEXT;
CREATE INDEX shown_led ON shown (leader_id, leader_warehouse) WHERE leader_id IS NOT NULL;

-- As in step 7, but for what is said of windows that follow another.
DROP TRIGGER push_promises;
CREATE TRIGGER push_promises AFTER INSERT ON push WHEN EXISTS (SELECT 1 FROM promise p
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse)
BEGIN
    UPDATE promise SET quantity = quantity + NEW.quantity, covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
    SELECT RAISE(ABORT, 'divided windows would be promised more than is available')
    FROM promise p
    CROSS JOIN account_warehouse w ON w.account_id = p.account_id
        AND w.external_warehouse = p.external_warehouse
    CROSS JOIN component c ON c.listing_id = p.listing_id
    CROSS JOIN product ON product.id = c.product_id
    LEFT JOIN stock st ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse
        AND p.divided AND NEW.quantity > 0
        AND (p.policy = 'split' OR NEW.low_before IS NULL OR NEW.quantity > NEW.low_before)
        AND coalesce(st.on_hand - st.reserved, 0) - coalesce(product.buffer, 0) < (
            SELECT total(coalesce(o.quantity, 1e15) * oc.units)
            FROM component oc
            CROSS JOIN promise o ON o.listing_id = oc.listing_id
            CROSS JOIN listing l ON l.id = oc.listing_id
            CROSS JOIN account_warehouse ow ON ow.account_id = o.account_id
                AND ow.external_warehouse = o.external_warehouse
            CROSS JOIN shown os ON os.listing_id = o.listing_id
                AND os.external_warehouse = o.external_warehouse
            WHERE oc.product_id = c.product_id AND ow.warehouse_id = w.warehouse_id
                AND o.divided AND NOT l.archived AND os.leader_id IS NULL);
END;
ALTER TABLE account_warehouse DROP COLUMN follows;
-- Followed until now by a whole warehouse: their targets are computed anew.
INSERT OR IGNORE INTO dirty SELECT l.id FROM listing l JOIN marketplace_warehouse m
    ON m.account_id = l.account_id WHERE m.stock_group IS NOT NULL;
