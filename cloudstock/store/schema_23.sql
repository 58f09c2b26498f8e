-- Step 23: nothing that buyers may be shown is without somebody who keeps it true, or it is named.

-- Why it has no target; NULL: it has one, or follows one that has.
ALTER TABLE listing_stock ADD COLUMN unmanaged TEXT
    CHECK (unmanaged IN ('unconfigured', 'unoffered', 'unlinked', 'uncounted'));
-- What it is last known to show, at most.
ALTER TABLE listing_stock ADD COLUMN last_shown INTEGER NOT NULL GENERATED ALWAYS AS
    (coalesce(high, iif(coalesce(pushed_at, '') > coalesce(seen_at, ''), pushed, seen), 0)) VIRTUAL;
-- 1: it may show something. (A number in flight may be shown already.)
ALTER TABLE listing_stock ADD COLUMN may_show INTEGER NOT NULL GENERATED ALWAYS AS
    (last_shown > 0 OR high IS NULL AND push_id IS NOT NULL) VIRTUAL;
-- 1: it may, though it has no target.
ALTER TABLE listing_stock ADD COLUMN untended INTEGER NOT NULL GENERATED ALWAYS AS
    (may_show AND unmanaged IS NOT NULL) VIRTUAL;
CREATE INDEX listing_stock_untended ON listing_stock (unmanaged, account_id, external_warehouse)
WHERE untended;
UPDATE listing_stock SET unmanaged = iif(EXISTS (SELECT 1 FROM account_warehouse w
    WHERE w.account_id = listing_stock.account_id
    AND w.external_warehouse = listing_stock.external_warehouse), 'uncounted', 'unconfigured')
WHERE target IS NULL AND leader_id IS NULL;
-- What else it may be is found when targets are computed.
INSERT OR IGNORE INTO dirty SELECT listing_id FROM listing_stock WHERE unmanaged = 'uncounted';

-- Listings that may show something and are not managed, with the reason why. Managed is what has a
-- target (or follows one that has), of an account and a warehouse that are configured and whose
-- orders are read. Whether they were read lately depends on the moment of the question: the trouble
-- "stale". Where no number is sent (`push: off`) that is somebody's choice, and somebody else's to
-- manage.
CREATE VIEW unmanaged_listing AS
SELECT s.account_id, s.external_warehouse, s.listing_id, s.last_shown, s.unmanaged AS reason
FROM listing_stock s INDEXED BY listing_stock_untended
WHERE s.untended AND s.unmanaged = 'unconfigured'
UNION ALL
SELECT s.account_id, s.external_warehouse, s.listing_id, s.last_shown, s.unmanaged
FROM account_warehouse w
CROSS JOIN listing_stock s INDEXED BY listing_stock_untended ON s.account_id = w.account_id
    AND s.external_warehouse = w.external_warehouse
WHERE s.untended AND s.unmanaged IN ('unoffered', 'unlinked', 'uncounted') AND NOT w.watched
UNION ALL
SELECT s.account_id, s.external_warehouse, s.listing_id, s.last_shown, 'unread'
FROM account a
CROSS JOIN listing_stock s INDEXED BY listing_stock_account ON s.account_id = a.id
WHERE NOT EXISTS (SELECT 1 FROM cursor k WHERE k.account_id = a.id AND k.job = 'orders'
        AND k.read_until IS NOT NULL)
    AND s.may_show AND s.unmanaged IS NULL;

-- As before, but for what it says of managing.
DROP VIEW listing_state;
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
    -- What it may still sell, sold unseen included, where its product is divided; NULL: it is not,
    -- or nobody knows.
    (SELECT q.quantity FROM quota q WHERE q.listing_id = s.listing_id
        AND q.external_warehouse = s.external_warehouse AND q.divided) AS quota,
    -- Why the marketplace takes no number for it; NULL: it does.
    iif(s.refused_at IS NULL, NULL, coalesce(nullif(s.refused_message, ''), s.refused_code))
        AS refused
FROM listing_stock s;
