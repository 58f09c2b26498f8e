-- Step 29: which divided listings wait, and for what.

-- Listings of divided products that do not show their parts yet, though numbers can be sent to them.
CREATE VIEW waiting_listing AS SELECT
    q.listing_id,
    q.external_warehouse,
    q.account_id,
    -- Accounts whose orders must be read before it is raised, parted by commas; NULL: none, it takes
    -- its turn, or waits for hours or deliveries.
    (SELECT group_concat(name, ',') FROM (SELECT DISTINCT a.name FROM quota_wait w
        CROSS JOIN account a ON a.id = w.other_account_id WHERE w.listing_id = q.listing_id
        AND w.external_warehouse = q.external_warehouse ORDER BY a.name)) AS waits_for,
    -- Those orders tell when they are read after this; NULL: nobody knows.
    (SELECT iif(max(w.until IS NULL), NULL, max(w.until)) FROM quota_wait w
        WHERE w.listing_id = q.listing_id AND w.external_warehouse = q.external_warehouse)
        AS waits_until,
    -- Hours of the day in which it is emptied so that units move; NULL: at any time; '': never.
    (SELECT min(p.empty_hours) FROM component c CROSS JOIN product p ON p.id = c.product_id
        WHERE c.listing_id = q.listing_id) AS empty_hours
FROM listing_stock s
CROSS JOIN quota q ON q.listing_id = s.listing_id AND q.external_warehouse = s.external_warehouse
CROSS JOIN account_warehouse f ON f.account_id = q.account_id
    AND f.external_warehouse = q.external_warehouse
WHERE s.differs AND q.divided AND s.refused_at IS NULL AND NOT f.watched;
