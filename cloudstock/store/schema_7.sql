-- Step 7: policies other than `share`, and what each divided window may still sell.

ALTER TABLE account_warehouse ADD COLUMN policy TEXT NOT NULL DEFAULT 'share'
    CHECK (policy IN ('share', 'split', 'priority', 'adaptive'));
-- Lower is served first.
ALTER TABLE account_warehouse ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
-- NULL: as each account's policy says.
ALTER TABLE product ADD COLUMN policy TEXT
    CHECK (policy IN ('share', 'split', 'priority', 'adaptive'));
CREATE INDEX product_policy ON product (policy) WHERE policy IS NOT NULL;

CREATE TRIGGER product_is_divided_differently AFTER UPDATE OF policy ON product
WHEN NEW.policy IS NOT OLD.policy
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.id
    ON CONFLICT DO NOTHING;
END;

-- The push without an answer that stood before this one: not taken, this one leaves that one open.
ALTER TABLE push ADD COLUMN open_before INTEGER;

-- How the units of a product on a shelf were divided last, so that what is scarce does not flap.
CREATE TABLE division (
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    scarce INTEGER NOT NULL CHECK (scarce IN (0, 1)),
    -- NULL: not known when.
    decided_at TEXT,
    PRIMARY KEY (product_id, warehouse_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX division_scarce ON division (decided_at) WHERE scarce;

-- Windows of products that any of them does not simply share, and what each was promised:
-- see `domain.promises`. All numbers are listings.
CREATE TABLE promise (
    listing_id INTEGER NOT NULL,
    external_warehouse TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account,
    -- The strictest that holds for any of its products.
    policy TEXT NOT NULL CHECK (policy IN ('share', 'split', 'priority', 'adaptive')),
    -- 1: its units are its own alone, so the sum of all these must not exceed what is available.
    divided INTEGER NOT NULL CHECK (divided IN (0, 1)),
    -- What it may still sell, and may have sold unread; NULL: unknown.
    quantity INTEGER CHECK (quantity >= 0),
    -- What will be left of it once orders are known up to the last accepted number, which was sent
    -- and answered between these moments; NULL: no number is known to have been taken.
    bound INTEGER CHECK (bound >= 0),
    bound_since TEXT,
    bound_until TEXT,
    -- 1: they are known, so that quantity = bound.
    covered INTEGER NOT NULL DEFAULT 0 CHECK (covered IN (0, 1)),
    -- Orders made before this are not among what it may have sold unread.
    counted_since TEXT,
    -- Its part of what is available, less its own sales since that was decided.
    part INTEGER CHECK (part >= 0),
    -- What its account's buffer, share and cap alone would let it show.
    most INTEGER CHECK (most >= 0),
    -- Listings sold per second, and when that was measured.
    rate REAL NOT NULL DEFAULT 0 CHECK (rate >= 0),
    rate_at TEXT,
    CHECK ((bound IS NULL) = (bound_since IS NULL) AND (bound IS NULL) = (bound_until IS NULL)),
    CHECK (NOT covered OR quantity IS bound),
    PRIMARY KEY (listing_id, external_warehouse),
    FOREIGN KEY (listing_id, external_warehouse) REFERENCES shown ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_uncovered ON promise (account_id) WHERE NOT covered;

-- A number that is sent is promised beside all that was promised before: until its answer and the
-- orders up to then are known, all of it may have been sold unread. The sum of what divided windows
-- are promised must not exceed what is available, whatever the program believes it is doing. Zero
-- promises nothing. Windows that are divided only while stock is scarce may be lowered at once when
-- it becomes so, though together they were promised more.
CREATE TRIGGER push_promises AFTER INSERT ON push WHEN EXISTS (SELECT 1 FROM promise p
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse)
BEGIN
    UPDATE promise SET quantity = quantity + NEW.quantity, covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
    SELECT RAISE(ABORT, 'divided windows would be promised more than is available')
    FROM promise p
    CROSS JOIN account_warehouse w ON w.account_id = p.account_id
        AND w.external_warehouse = p.external_warehouse
    CROSS JOIN component c ON c.listing_id = p.listing_id
    CROSS JOIN product ON product.id = c.product_id
    LEFT JOIN stock st ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse
        AND p.divided AND NEW.quantity > 0
        AND (p.policy = 'split' OR NEW.low_before IS NULL OR NEW.quantity > NEW.low_before)
        AND coalesce(st.on_hand - st.reserved, 0) - coalesce(product.buffer, 0) < (
            SELECT total(coalesce(o.quantity, 1e15) * oc.units)
            FROM component oc
            CROSS JOIN promise o ON o.listing_id = oc.listing_id
            CROSS JOIN listing l ON l.id = oc.listing_id
            CROSS JOIN account_warehouse ow ON ow.account_id = o.account_id
                AND ow.external_warehouse = o.external_warehouse
            WHERE oc.product_id = c.product_id AND ow.warehouse_id = w.warehouse_id
                AND o.divided AND NOT l.archived AND NOT ow.follows);
END;
-- What was not taken is not promised.
CREATE TRIGGER push_promises_nothing AFTER UPDATE OF verdict ON push
WHEN OLD.verdict IS NULL AND NEW.verdict IN ('refused', 'later')
BEGIN
    UPDATE promise SET quantity = max(0, quantity - NEW.quantity), covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
END;
-- Where it is not known what a window shows, it is not known what it may sell.
CREATE TRIGGER belief_ends AFTER UPDATE OF low ON shown WHEN NEW.low IS NULL AND OLD.low IS NOT NULL
BEGIN
    UPDATE promise SET quantity = NULL, bound = NULL, bound_since = NULL, bound_until = NULL,
        covered = 0, counted_since = NULL
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
END;
