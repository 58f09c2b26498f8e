-- Step 37: how fast products sell, and which of them run out.

-- What the configuration says: in how many days a product runs out that is low; NULL: none ever is.
ALTER TABLE defaults ADD COLUMN low_days REAL CHECK (low_days > 0);

-- Products that sold in the last 30 days: measured at most an hour ago (`store/rates.py`), but for
-- what there is, which is as the ledger has it.
CREATE TABLE sale_rate (
    product_id INTEGER PRIMARY KEY REFERENCES product ON DELETE CASCADE,
    -- Units that orders of those days hold or took out of the warehouses.
    sold INTEGER NOT NULL CHECK (sold > 0),
    -- Units a day through all accounts. NULL: too few, or too short a time, to tell.
    per_day REAL CHECK (per_day > 0),
    -- With so many units or fewer it is low. NULL: it never is.
    low_at INTEGER,
    -- What may be sold, of all warehouses. NULL: never counted.
    available INTEGER,
    lasts_days REAL GENERATED ALWAYS AS (available / per_day) VIRTUAL,
    -- 'sold_out', 'low'; NULL: there is enough, or nobody knows.
    supply TEXT GENERATED ALWAYS AS
        (CASE WHEN available = 0 THEN 'sold_out' WHEN available <= low_at THEN 'low' END) VIRTUAL
) STRICT;
CREATE INDEX sale_rate_supply ON sale_rate (supply) WHERE supply IS NOT NULL;

CREATE TRIGGER stock_is_supplied AFTER INSERT ON stock WHEN NEW.warehouse_id <> 0
BEGIN
    UPDATE sale_rate SET available = (SELECT sum(l.available) FROM stock_level l
        WHERE l.product_id = NEW.product_id AND l.warehouse_id <> 0)
    WHERE product_id = NEW.product_id;
END;
CREATE TRIGGER stock_supplies AFTER UPDATE ON stock WHEN NEW.warehouse_id <> 0
BEGIN
    UPDATE sale_rate SET available = (SELECT sum(l.available) FROM stock_level l
        WHERE l.product_id = NEW.product_id AND l.warehouse_id <> 0)
    WHERE product_id = NEW.product_id;
END;
CREATE TRIGGER product_is_kept_back AFTER UPDATE OF buffer ON product
WHEN NEW.buffer IS NOT OLD.buffer
BEGIN
    UPDATE sale_rate SET available = (SELECT sum(l.available) FROM stock_level l
        WHERE l.product_id = NEW.id AND l.warehouse_id <> 0)
    WHERE product_id = NEW.id;
END;
CREATE TRIGGER defaults_keep_back AFTER UPDATE ON defaults
BEGIN
    UPDATE sale_rate SET available = (SELECT sum(l.available) FROM stock_level l
            WHERE l.product_id = sale_rate.product_id AND l.warehouse_id <> 0),
        low_at = CAST(per_day * NEW.low_days AS INTEGER);
END;
