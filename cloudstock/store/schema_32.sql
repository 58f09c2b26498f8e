-- Step 32: units that left with an order which was cancelled then, and have not come back.

-- When it was cancelled: as told, or as read first. NULL: it is not.
ALTER TABLE orders ADD COLUMN cancelled_at TEXT;
-- When a person said that nothing more of it comes. NULL: nobody did.
ALTER TABLE orders ADD COLUMN given_up_at TEXT CHECK (given_up_at IS NULL OR cancelled_at IS NOT NULL);
UPDATE orders SET cancelled_at = coalesce(changed_at, seen_at) WHERE understood = 'cancelled';

-- Of each line of such an order the listings that are still awaited. What a return has brought, or
-- tells never to come, ends the wait; one that is on its way does not. Of two returns that stand for
-- the same units one counts.
CREATE VIEW awaited_line AS SELECT
    l.id AS order_line_id,
    l.off,
    max(0, min(l.off,
        (SELECT sum(m.off) FROM order_line m WHERE m.orders_id = l.orders_id
            AND m.listing_id IS l.listing_id AND m.id <= l.id)
        - (SELECT coalesce(sum(iif(r.step IN ('received', 'never'), r.quantity, r.booked)), 0)
            FROM returns r WHERE r.account_id = o.account_id AND r.order_id = o.order_id
            AND r.listing_id IS l.listing_id AND NOT EXISTS (SELECT 1 FROM returns n
                WHERE n.account_id = r.account_id AND n.order_id = r.order_id
                AND n.replaces = r.return_id AND n.step IN ('received', 'never'))))) AS awaited
FROM order_line l CROSS JOIN orders o ON o.id = l.orders_id
WHERE o.cancelled_at IS NOT NULL AND o.shipped AND o.ignored IS NULL AND o.given_up_at IS NULL
    AND l.off > 0;

-- The same in units of each product, kept so that what is awaited is found without walking orders.
ALTER TABLE allocation ADD COLUMN away INTEGER NOT NULL DEFAULT 0 CHECK (away BETWEEN 0 AND off);
UPDATE allocation SET away = coalesce((SELECT allocation.off * v.awaited / v.off
    FROM awaited_line v WHERE v.order_line_id = allocation.order_line_id), 0) WHERE off > 0;
CREATE INDEX allocation_away ON allocation (product_id, order_line_id) WHERE away > 0;

-- Each of them: what is away, and since when its order was cancelled.
CREATE VIEW away AS SELECT
    x.product_id,
    x.order_line_id,
    o.id AS orders_id,
    o.account_id,
    x.away AS units,
    o.cancelled_at
FROM allocation x INDEXED BY allocation_away
CROSS JOIN order_line l ON l.id = x.order_line_id
CROSS JOIN orders o ON o.id = l.orders_id
WHERE x.away > 0;
