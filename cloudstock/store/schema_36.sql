-- Step 36: products that a person put out of sight, and warehouses: each is back when it is used again.

-- Since when. NULL: it is in sight.
ALTER TABLE product ADD COLUMN hidden_at TEXT;
CREATE INDEX product_hidden ON product (sku) WHERE hidden_at IS NOT NULL;
ALTER TABLE warehouse ADD COLUMN removed_at TEXT CHECK (removed_at IS NULL OR id <> 0);

-- Counted, moved, ordered or linked.
CREATE TRIGGER stock_begins_in_sight AFTER INSERT ON stock
BEGIN
    UPDATE product SET hidden_at = NULL WHERE id = NEW.product_id AND hidden_at IS NOT NULL;
    UPDATE warehouse SET removed_at = NULL WHERE id = NEW.warehouse_id AND removed_at IS NOT NULL;
END;
CREATE TRIGGER stock_comes_in_sight AFTER UPDATE OF booked, reserved, counted_at ON stock
BEGIN
    UPDATE product SET hidden_at = NULL WHERE id = NEW.product_id AND hidden_at IS NOT NULL;
    UPDATE warehouse SET removed_at = NULL WHERE id = NEW.warehouse_id AND removed_at IS NOT NULL;
END;
CREATE TRIGGER component_comes_in_sight AFTER INSERT ON component
BEGIN
    UPDATE product SET hidden_at = NULL WHERE id = NEW.product_id AND hidden_at IS NOT NULL;
END;
CREATE TRIGGER account_warehouse_begins_in_sight AFTER INSERT ON account_warehouse
BEGIN
    UPDATE warehouse SET removed_at = NULL WHERE id = NEW.warehouse_id AND removed_at IS NOT NULL;
END;
CREATE TRIGGER account_warehouse_comes_in_sight AFTER UPDATE OF warehouse_id ON account_warehouse
BEGIN
    UPDATE warehouse SET removed_at = NULL WHERE id = NEW.warehouse_id AND removed_at IS NOT NULL;
END;
CREATE TRIGGER listing_comes_in_sight AFTER UPDATE OF archived, gone_at ON listing
WHEN NEW.offered AND NOT OLD.offered
BEGIN
    UPDATE product SET hidden_at = NULL WHERE hidden_at IS NOT NULL
        AND id IN (SELECT c.product_id FROM component c WHERE c.listing_id = NEW.id);
END;
