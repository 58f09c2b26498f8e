-- Step 43: what is available is known without a look at each product where none has a buffer of its own.

CREATE INDEX product_buffer ON product (id, buffer) WHERE buffer IS NOT NULL;

DROP VIEW stock_level;

-- Each product in each warehouse that ever had to do with it. (Names are looked up, not joined: so
-- SQLite takes the view apart wherever it stands in a question, and reads only what is asked for.)
CREATE VIEW stock_level AS SELECT
    s.product_id,
    s.warehouse_id,
    (SELECT p.sku FROM product p WHERE p.id = s.product_id) AS sku,
    (SELECT p.name FROM product p WHERE p.id = s.product_id) AS name,
    (SELECT w.name FROM warehouse w WHERE w.id = s.warehouse_id) AS warehouse,
    s.on_hand,
    s.reserved,
    s.buffer,
    -- What may be sold. NULL: unknown.
    max(0, s.free - s.buffer) AS available,
    s.oversold,
    s.counted_at
FROM (SELECT t.*, coalesce(
    -- Asked once for all: most sellers give no product a buffer of its own.
    iif(EXISTS (SELECT 1 FROM product p INDEXED BY product_buffer WHERE p.buffer IS NOT NULL),
        (SELECT p.buffer FROM product p INDEXED BY product_buffer
            WHERE p.id = t.product_id AND p.buffer IS NOT NULL), NULL),
    (SELECT d.buffer FROM defaults d)) AS buffer FROM stock t) s;
