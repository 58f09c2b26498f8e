-- Step 42: a product may say itself of how many units there should be.

-- With fewer available it is low, however it sells. NULL: as the configuration says (`low`).
ALTER TABLE product ADD COLUMN minimum INTEGER CHECK (minimum >= 0);
CREATE INDEX product_minimum ON product (id) WHERE minimum IS NOT NULL;

-- A CHECK cannot be changed in place; what is measured is measured anew, at the next look.
DROP TABLE sale_rate;
DELETE FROM fact WHERE name = 'rates_measured_at';

-- Products that sold in the last 30 days, or have a minimum: measured at most an hour ago
-- (`store/rates.py`), but for what there is, which is as the ledger has it.
CREATE TABLE sale_rate (
    product_id INTEGER PRIMARY KEY REFERENCES product ON DELETE CASCADE,
    -- Units that orders of those days hold or took out of the warehouses.
    sold INTEGER NOT NULL CHECK (sold > 0 OR sold = 0 AND minimum IS NOT NULL),
    -- Units a day through all accounts. NULL: too few, or too short a time, to tell.
    per_day REAL CHECK (per_day > 0),
    -- As it sells, it is low with so many units or fewer. NULL: it never is.
    low_at INTEGER,
    -- The product's own.
    minimum INTEGER,
    -- What may be sold, of all warehouses. NULL: never counted.
    available INTEGER,
    lasts_days REAL GENERATED ALWAYS AS (available / per_day) VIRTUAL,
    -- 'sold_out', 'low'; NULL: there is enough, or nobody knows.
    supply TEXT GENERATED ALWAYS AS (CASE WHEN available = 0 AND sold > 0 THEN 'sold_out'
        WHEN iif(minimum IS NULL, available <= low_at, available < minimum) THEN 'low' END) VIRTUAL
) STRICT;
CREATE INDEX sale_rate_supply ON sale_rate (supply) WHERE supply IS NOT NULL;

CREATE TRIGGER product_has_minimum AFTER UPDATE OF minimum ON product
WHEN NEW.minimum IS NOT OLD.minimum
BEGIN
    DELETE FROM sale_rate WHERE product_id = NEW.id AND sold = 0;
    INSERT INTO sale_rate (product_id, sold, minimum, available)
    SELECT NEW.id, 0, NEW.minimum, (SELECT sum(l.available) FROM stock_level l
        WHERE l.product_id = NEW.id AND l.warehouse_id <> 0)
    WHERE NEW.minimum IS NOT NULL ON CONFLICT DO NOTHING;
    UPDATE sale_rate SET minimum = NEW.minimum WHERE product_id = NEW.id;
END;

DROP VIEW change_blocked;
DROP VIEW change_value_now;

-- What a change touched beside stock, with how it is now, as text. 'barcodes': those that the seller's
-- own sheets tell, by blanks. 'policy': POLICY|HOURS, '*' for any. 'link': LINK|REVIEW|LEFT
-- ALONE|PRODUCT=UNITS, those by blanks.
CREATE VIEW change_value_now AS SELECT v.*, CASE v.what
    WHEN 'name' THEN (SELECT p.name FROM product p WHERE p.id = v.item_id)
    WHEN 'buffer' THEN (SELECT CAST(p.buffer AS TEXT) FROM product p WHERE p.id = v.item_id)
    WHEN 'minimum' THEN (SELECT CAST(p.minimum AS TEXT) FROM product p WHERE p.id = v.item_id)
    WHEN 'barcodes' THEN (SELECT group_concat(barcode, ' ') FROM (SELECT b.barcode
        FROM product_barcode b WHERE b.product_id = v.item_id AND b.own ORDER BY b.barcode))
    WHEN 'policy' THEN (SELECT coalesce(p.policy, '') || '|' || coalesce(p.empty_hours, '*')
        FROM product p WHERE p.id = v.item_id)
    WHEN 'hidden' THEN (SELECT p.hidden_at FROM product p WHERE p.id = v.item_id)
    WHEN 'link' THEN (SELECT l.link || '|' || coalesce(l.review, '') || '|' || l.left_alone || '|'
        || coalesce((SELECT group_concat(product_id || '=' || units, ' ') FROM (
            SELECT c.product_id, c.units FROM component c WHERE c.listing_id = l.id
            ORDER BY c.product_id)), '') FROM listing l WHERE l.id = v.item_id)
    WHEN 'pause' THEN (SELECT a.paused_at FROM account a WHERE a.id = v.item_id)
END AS now
FROM change_value v;

-- Why each change cannot be taken back; NULL: it can. Names and barcodes that are others by now stay.
CREATE VIEW change_blocked AS SELECT c.id, CASE
    WHEN c.undone_by IS NOT NULL THEN 'undone'
    WHEN EXISTS (SELECT 1 FROM change_overtaken o WHERE o.change_id = c.id) THEN 'counted'
    WHEN EXISTS (SELECT 1 FROM change_value_now v WHERE v.change_id = c.id
        AND v.what NOT IN ('name', 'barcodes') AND v.now IS NOT v.after) THEN 'changed'
END AS reason
FROM change c;
