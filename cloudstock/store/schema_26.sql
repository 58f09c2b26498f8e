-- Step 26: links that a person should look at; barcodes as long as somebody tells them.

-- Why: 'barcode': it was linked by a barcode alone; 'name': its name is unlike the product's;
-- 'copy': another listing of its account has a barcode of it. NULL: nothing to look at.
ALTER TABLE listing ADD COLUMN review TEXT CHECK (review IN ('barcode', 'name', 'copy'));
CREATE INDEX listing_review ON listing (account_id) WHERE review IS NOT NULL;

-- What a listing tells of the barcodes of its product: where it is one unit of one, and is there.
CREATE VIEW listing_barcode AS SELECT c.listing_id, c.product_id, substr(k.key, 9) AS barcode
FROM component c
CROSS JOIN listing l ON l.id = c.listing_id
CROSS JOIN listing_key k ON k.listing_id = c.listing_id
    AND k.key >= 'barcode:' AND k.key < 'barcode;'
WHERE c.units = 1 AND l.link <> 'none' AND l.gone_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM component o
        WHERE o.listing_id = c.listing_id AND o.product_id <> c.product_id);

-- 1: the seller's own sheet tells it.
ALTER TABLE product_barcode ADD COLUMN own INTEGER NOT NULL DEFAULT 0 CHECK (own IN (0, 1));
-- Of what no listing tells nobody knows who told it once.
UPDATE product_barcode SET own = 1 WHERE NOT EXISTS (SELECT 1 FROM listing_barcode t
    WHERE t.product_id = product_barcode.product_id AND t.barcode = product_barcode.barcode);

UPDATE listing SET review = 'barcode' WHERE link = 'auto' AND offer_id <> '' AND EXISTS (
    SELECT 1 FROM component c
    CROSS JOIN product p ON p.id = c.product_id AND p.sku <> listing.offer_id
    CROSS JOIN listing_barcode mine ON mine.listing_id = listing.id
    CROSS JOIN listing_barcode other ON other.product_id = c.product_id
        AND other.barcode = mine.barcode AND other.listing_id <> listing.id
    WHERE c.listing_id = listing.id);

-- A listing that a walk under way has told of is not matched yet.
DROP VIEW unlinked_listing;
CREATE VIEW unlinked_listing AS SELECT l.* FROM listing l INDEXED BY listing_not_auto
WHERE l.link <> 'auto' AND l.offered
    AND l.catalog_seen_at <= coalesce(
        (SELECT k.finished_at FROM cursor k WHERE k.account_id = l.account_id
            AND k.job = 'catalog'),
        (SELECT k.value FROM cursor k WHERE k.account_id = l.account_id
            AND k.job = 'catalog-whole'), l.catalog_seen_at)
    AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id);
