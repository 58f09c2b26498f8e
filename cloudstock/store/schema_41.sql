-- Step 41: what is put out of sight or paused by hand is kept as a change, too, and a buffer has a kind of
-- its own. (A CHECK cannot be changed in place, so the changes are copied, as they are.)

DROP VIEW change_blocked;
DROP VIEW change_overtaken;
DROP VIEW change_value_now;

-- One thing that a person did, or a file that was taken.
CREATE TABLE change_wider (
    id INTEGER PRIMARY KEY,
    -- 'adoption': first counts as cabinets showed them. 'source': a file that comes again and again.
    -- 'minimum': of what there should be of a product. 'hide', 'show': a product goes out of sight, and
    -- comes back. 'pause', 'resume': of what is sent to an account.
    kind TEXT NOT NULL CHECK (kind IN ('count', 'adoption', 'correction', 'move', 'import', 'source',
        'policy', 'buffer', 'minimum', 'link', 'hide', 'show', 'pause', 'resume', 'undo')),
    made_at TEXT NOT NULL,
    -- The user of the machine, 'browser' or 'api'; '': not known.
    made_by TEXT NOT NULL,
    note TEXT NOT NULL,
    -- The file, the listing or the account.
    subject TEXT NOT NULL,
    -- Products of it, the first of them, and units that it brought in all (those that it moved).
    products INTEGER NOT NULL CHECK (products >= 0),
    product_id INTEGER REFERENCES product,
    units INTEGER NOT NULL,
    -- Its counts and movements are those after the first of these numbers and up to the second.
    counts_after INTEGER NOT NULL,
    counts_to INTEGER NOT NULL CHECK (counts_to >= counts_after),
    movements_after INTEGER NOT NULL,
    movements_to INTEGER NOT NULL CHECK (movements_to >= movements_after),
    -- The change that it takes back, and the one that took it back.
    undoes INTEGER REFERENCES change_wider CHECK (kind <> 'undo' OR undoes IS NOT NULL),
    undone_by INTEGER REFERENCES change_wider CHECK (undone_by > id)
) STRICT;
INSERT INTO change_wider SELECT id, iif(kind = 'policy' AND EXISTS (SELECT 1 FROM change_value v
        WHERE v.change_id = change.id AND v.what = 'buffer'), 'buffer', kind), made_at, made_by, note, subject,
    products, product_id, units, counts_after, counts_to, movements_after, movements_to, undoes, undone_by
FROM change;

-- What a change touched beside stock: as it was before, and after.
CREATE TABLE change_value_wider (
    change_id INTEGER NOT NULL REFERENCES change_wider,
    -- Of a product, but 'link' of a listing, 'pause' of an account.
    what TEXT NOT NULL CHECK (what IN ('name', 'buffer', 'minimum', 'barcodes', 'policy', 'hidden', 'link',
        'pause')),
    item_id INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    product_id INTEGER GENERATED ALWAYS AS (iif(what IN ('link', 'pause'), NULL, item_id)) VIRTUAL,
    PRIMARY KEY (change_id, what, item_id)
) STRICT, WITHOUT ROWID;
INSERT INTO change_value_wider (change_id, what, item_id, before, after)
SELECT change_id, what, item_id, before, after FROM change_value;

DROP TABLE change_value;
DROP TABLE change;
ALTER TABLE change_wider RENAME TO change;
ALTER TABLE change_value_wider RENAME TO change_value;
CREATE UNIQUE INDEX change_undoes ON change (undoes) WHERE undoes IS NOT NULL;

-- The same, with how it is now, as text. 'barcodes': those that the seller's own sheets tell, by blanks.
-- 'policy': POLICY|HOURS, '*' for any. 'link': LINK|REVIEW|LEFT ALONE|PRODUCT=UNITS, those by blanks.
CREATE VIEW change_value_now AS SELECT v.*, CASE v.what
    WHEN 'name' THEN (SELECT p.name FROM product p WHERE p.id = v.item_id)
    WHEN 'buffer' THEN (SELECT CAST(p.buffer AS TEXT) FROM product p WHERE p.id = v.item_id)
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

-- Products whose stock rests on another count by now than on what a change made.
CREATE VIEW change_overtaken AS
SELECT c.id AS change_id, k.product_id
FROM change c
CROSS JOIN count k ON k.id > c.counts_after AND k.id <= c.counts_to
LEFT JOIN count_again g ON g.count_id = k.id
WHERE (SELECT max(id) FROM count) > c.counts_to AND coalesce(g.stands_for, k.id) <> (
    SELECT coalesce(h.stands_for, n.id) FROM count n LEFT JOIN count_again h ON h.count_id = n.id
    WHERE n.product_id = k.product_id AND n.warehouse_id = k.warehouse_id ORDER BY n.id DESC LIMIT 1)
UNION ALL
SELECT c.id, m.product_id
FROM change c
CROSS JOIN movement m ON m.id > c.movements_after AND m.id <= c.movements_to
CROSS JOIN stock s ON s.product_id = m.product_id AND s.warehouse_id = m.warehouse_id
WHERE m.kind IN ('adjustment', 'move') AND coalesce(s.counted_at >= m.happened_at, 1);

-- Why each change cannot be taken back; NULL: it can. Names and barcodes that are others by now stay.
CREATE VIEW change_blocked AS SELECT c.id, CASE
    WHEN c.undone_by IS NOT NULL THEN 'undone'
    WHEN EXISTS (SELECT 1 FROM change_overtaken o WHERE o.change_id = c.id) THEN 'counted'
    WHEN EXISTS (SELECT 1 FROM change_value_now v WHERE v.change_id = c.id
        AND v.what NOT IN ('name', 'barcodes') AND v.now IS NOT v.after) THEN 'changed'
END AS reason
FROM change c;
