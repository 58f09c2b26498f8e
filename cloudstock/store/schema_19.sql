-- Step 19: a count may have been made before it is entered. What is on hand rests on the count that
-- was entered last, whenever it was made; one that is older than another is entered only on purpose.

DROP TRIGGER count_marks;
CREATE TRIGGER count_marks AFTER INSERT ON count
BEGIN
    INSERT INTO stock (product_id, warehouse_id, counted_at, first_counted_at)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.counted_at, NEW.counted_at)
    ON CONFLICT DO UPDATE SET
        counted_at = excluded.counted_at,
        first_counted_at = coalesce(first_counted_at, excluded.first_counted_at);
END;
-- Where this machine's clock was set back between two counts.
UPDATE stock SET counted_at = (SELECT c.counted_at FROM count c
    WHERE c.product_id = stock.product_id AND c.warehouse_id = stock.warehouse_id
    ORDER BY c.id DESC LIMIT 1)
WHERE counted_at IS NOT NULL;

-- Files that products were counted by, so that none is taken twice unawares.
CREATE TABLE imported_file (
    -- SHA-256 of what is in it.
    digest TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    imported_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
