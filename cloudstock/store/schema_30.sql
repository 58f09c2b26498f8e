-- Step 30: what a reading showed above what was sent is reckoned where it is asked for. As a column it
-- was reckoned at every writing of a row, a tenth of what a whole reading costs.

DROP VIEW listing_state;
DROP INDEX listing_stock_above;
ALTER TABLE listing_stock DROP COLUMN above;
CREATE INDEX listing_stock_above ON listing_stock (account_id) WHERE seen > pushed;
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
    -- 1: somebody else raised it, or a push was not applied: the last reading is newer than the last
    -- push, and showed more than was sent and than is due. What is only watched, or was since it was
    -- sent anything, shows what others say.
    coalesce(s.seen > s.pushed AND s.seen > coalesce(s.target, 0) AND s.seen_at > s.pushed_at
        AND s.believed_until = s.seen_at, 0) AND NOT EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = s.account_id
        AND w.external_warehouse = s.external_warehouse
        AND (w.watched OR w.watched_until > s.pushed_at)) AS drift,
    -- 1: no number is sent to it (`push: off`).
    EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = s.account_id
        AND w.external_warehouse = s.external_warehouse AND w.watched) AS watched,
    -- What it may still sell, sold unseen included, where its product is divided; NULL: it is not,
    -- or nobody knows.
    (SELECT q.quantity FROM quota q WHERE q.listing_id = s.listing_id
        AND q.external_warehouse = s.external_warehouse AND q.divided) AS quota,
    -- Why the marketplace takes no number for it; NULL: it does.
    iif(s.refused_at IS NULL, NULL, coalesce(nullif(s.refused_message, ''), s.refused_code))
        AS refused
FROM listing_stock s;
