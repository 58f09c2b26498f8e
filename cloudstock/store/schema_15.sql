-- Step 15: each definition is said once: as a column that follows from its row, or in a view. So the
-- file explains itself to whoever opens it with another tool, and the program asks the same words.

-- ---------------------------------------------------------------- what lies in the warehouses

-- The sum of the movements, whether or not it is known what lay there before them.
ALTER TABLE stock RENAME COLUMN on_hand TO booked;
-- Units that are there, reserved ones included. NULL: never counted, so unknown; into the quarantine
-- (warehouse 0) nothing ever came but by movements.
ALTER TABLE stock ADD COLUMN on_hand INTEGER GENERATED ALWAYS AS
    (iif(counted_at IS NULL AND warehouse_id <> 0, NULL, booked)) VIRTUAL;
-- Units that no order has been promised; below zero: oversold. NULL: unknown.
ALTER TABLE stock ADD COLUMN free INTEGER GENERATED ALWAYS AS (on_hand - reserved) VIRTUAL;
-- Units that orders have been promised and that are known not to be there.
ALTER TABLE stock ADD COLUMN oversold INTEGER NOT NULL GENERATED ALWAYS AS
    (iif(free < 0, -free, 0)) VIRTUAL;
-- 1: returned units wait there. (It takes the place of a column that said no more than that.)
ALTER TABLE warehouse ADD COLUMN quarantine INTEGER NOT NULL GENERATED ALWAYS AS (id = 0) VIRTUAL;
ALTER TABLE warehouse DROP COLUMN begins_empty;

DROP INDEX stock_oversold;
CREATE INDEX stock_oversold ON stock (product_id, warehouse_id) WHERE oversold > 0;

-- What the configuration says of products that say nothing themselves; rewritten when it changes.
CREATE TABLE defaults (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Units kept back.
    buffer INTEGER NOT NULL CHECK (buffer >= 0)
) STRICT;
INSERT INTO defaults VALUES (1, 0);

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
    coalesce((SELECT p.buffer FROM product p WHERE p.id = s.product_id),
        (SELECT d.buffer FROM defaults d)) AS buffer,
    -- What may be sold. NULL: unknown.
    max(0, s.free - coalesce((SELECT p.buffer FROM product p WHERE p.id = s.product_id),
        (SELECT d.buffer FROM defaults d))) AS available,
    s.oversold,
    s.counted_at
FROM stock s;

-- ---------------------------------------------------------------- what the marketplaces show

-- 1: it is not certain that the target is what buyers are shown.
ALTER TABLE shown ADD COLUMN differs INTEGER NOT NULL GENERATED ALWAYS AS
    (target IS NOT NULL AND (low IS NOT target OR high IS NOT target)) VIRTUAL;
-- 1: the last reading is newer than the last push, and showed more than was sent and than is due.
ALTER TABLE shown ADD COLUMN above INTEGER NOT NULL GENERATED ALWAYS AS
    (coalesce(seen > pushed AND seen > coalesce(target, 0) AND seen_at > pushed_at
        AND believed_until = seen_at, 0)) VIRTUAL;

DROP INDEX shown_differs;
CREATE INDEX shown_differs ON shown (account_id, external_warehouse) WHERE differs;
DROP INDEX shown_above;
CREATE INDEX shown_above ON shown (account_id) WHERE above;

-- Each listing in each marketplace warehouse. Numbers are listings: a pack of three is one.
CREATE VIEW listing_state AS SELECT
    s.listing_id,
    s.external_warehouse,
    s.account_id,
    (SELECT a.name FROM account a WHERE a.id = s.account_id) AS account,
    (SELECT l.offer_id FROM listing l WHERE l.id = s.listing_id) AS offer_id,
    (SELECT l.name FROM listing l WHERE l.id = s.listing_id) AS name,
    -- Ours that feeds it; NULL: the configuration no longer names the marketplace's.
    (SELECT h.name FROM account_warehouse w CROSS JOIN warehouse h ON h.id = w.warehouse_id
        WHERE w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse)
        AS warehouse,
    s.target,
    s.pushed,
    s.pushed_at,
    s.seen,
    s.seen_reserved,
    s.seen_at,
    -- What buyers may be shown now lies between these; NULL: nothing is known.
    s.low AS expected_low,
    s.high AS expected_high,
    s.differs,
    -- 1: buyers are certainly shown another number than the target. A listing of which a complete
    -- reading found no record shows none.
    s.differs AND coalesce(s.low > s.target OR s.high < s.target, s.seen IS NULL
        AND s.pushed IS NULL AND s.push_id IS NULL AND s.target > 0 AND EXISTS (SELECT 1
            FROM cursor k WHERE k.account_id = s.account_id AND k.job = 'reserves'
            AND k.read_until IS NOT NULL)) AS off_target,
    -- 1: somebody else raised it, or a push was not applied. What is only watched, or was since it
    -- was sent anything, shows what others say.
    s.above AND NOT EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = s.account_id
        AND w.external_warehouse = s.external_warehouse
        AND (w.watched OR w.watched_until > s.pushed_at)) AS drift,
    -- 1: no number is sent to it (`push: off`).
    EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = s.account_id
        AND w.external_warehouse = s.external_warehouse AND w.watched) AS watched,
    -- 1: what it shows is not ours to say: never counted, linked to nothing, archived, not
    -- configured or only watched. One that follows another is managed with it.
    s.leader_id IS NULL AND (s.target IS NULL OR EXISTS (SELECT 1 FROM account_warehouse w
        WHERE w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse
        AND w.watched)) AS unmanaged,
    -- What it may still sell, sold unseen included, where its product is divided; NULL: it is not,
    -- or nobody knows.
    (SELECT q.quantity FROM promise q WHERE q.listing_id = s.listing_id
        AND q.external_warehouse = s.external_warehouse AND q.divided) AS quota,
    -- Why the marketplace takes no number for it; NULL: it does.
    iif(s.refused_at IS NULL, NULL, coalesce(nullif(s.refused_message, ''), s.refused_code))
        AS refused
FROM shown s;

-- Listings that are linked to no product, so that nothing is sent for them.
CREATE VIEW unlinked_listing AS SELECT l.* FROM listing l INDEXED BY listing_not_auto
WHERE l.link <> 'auto' AND NOT l.archived
    AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id);

-- ---------------------------------------------------------------- orders and returns

-- Orders whose units are still there and promised.
CREATE VIEW open_order AS SELECT
    o.id,
    o.account_id,
    (SELECT a.name FROM account a WHERE a.id = o.account_id) AS account,
    o.order_id,
    o.step,
    o.status,
    o.created_at,
    o.external_warehouse,
    (SELECT w.name FROM warehouse w WHERE w.id = o.warehouse_id) AS warehouse
FROM orders o WHERE NOT o.ended AND NOT o.shipped AND o.ignored IS NULL;

-- Units of each product that each line of them holds.
CREATE VIEW reserve AS SELECT
    x.product_id,
    x.warehouse_id,
    l.id AS order_line_id,
    o.id AS orders_id,
    a.name AS account,
    o.order_id,
    l.line_id,
    p.sku,
    w.name AS warehouse,
    x.reserved AS units,
    o.step,
    o.status,
    o.created_at
FROM allocation x
CROSS JOIN order_line l ON l.id = x.order_line_id
CROSS JOIN orders o ON o.id = l.orders_id
CROSS JOIN account a ON a.id = o.account_id
CROSS JOIN product p ON p.id = x.product_id
CROSS JOIN warehouse w ON w.id = x.warehouse_id
WHERE x.reserved > 0;

-- Units of the listing that wait in the quarantine for a person to decide.
ALTER TABLE returns ADD COLUMN waiting INTEGER NOT NULL GENERATED ALWAYS AS
    (booked - restocked - written_off) VIRTUAL;
DROP INDEX returns_waiting;
CREATE INDEX returns_waiting ON returns (account_id) WHERE waiting > 0;
