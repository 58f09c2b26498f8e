-- Step 1: the book of stock. Times are UTC text of one width (2026-11-23T10:00:00.000000Z), so that
-- they sort. Quantities are units; NULL is unknown, never zero.

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    marketplace TEXT NOT NULL
) STRICT;

CREATE TABLE warehouse (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    -- 1: nothing lay there before the book began, so what is on hand needs no count to be known.
    begins_empty INTEGER NOT NULL DEFAULT 0 CHECK (begins_empty IN (0, 1))
) STRICT;
-- Where returned units wait for a person to look at them.
INSERT INTO warehouse (id, name, begins_empty) VALUES (0, 'quarantine', 1);

CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE CHECK (sku <> ''),
    name TEXT NOT NULL DEFAULT '',
    -- Units kept back; NULL: as the account's policy says.
    buffer INTEGER CHECK (buffer >= 0)
) STRICT;

CREATE TABLE product_barcode (
    barcode TEXT NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product ON DELETE CASCADE,
    PRIMARY KEY (barcode, product_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_barcode_product ON product_barcode (product_id);

-- ---------------------------------------------------------------- listings

CREATE TABLE listing (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    external_id TEXT NOT NULL,
    offer_id TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    -- 'auto': linked by article or barcode; 'manual': by hand, never touched by pull-catalog;
    -- 'none': not linked.
    link TEXT NOT NULL DEFAULT 'none' CHECK (link IN ('auto', 'manual', 'none')),
    catalog_seen_at TEXT NOT NULL,
    UNIQUE (account_id, external_id)
) STRICT;
CREATE INDEX listing_offer ON listing (account_id, offer_id);

-- Every name under which orders, returns and readings may speak of a listing. A barcode may stand
-- for several listings of an account; the other kinds of keys for one.
CREATE TABLE listing_key (
    account_id INTEGER NOT NULL REFERENCES account,
    key TEXT NOT NULL,
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    PRIMARY KEY (account_id, key, listing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_key_listing ON listing_key (listing_id);

-- What one listing is made of: one product one time, a pack (units > 1), a bundle (several rows).
CREATE TABLE component (
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES product,
    units INTEGER NOT NULL CHECK (units > 0),
    PRIMARY KEY (listing_id, product_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX component_product ON component (product_id);

-- ---------------------------------------------------------------- the shelf

-- Running totals, kept by triggers from movement and allocation and by nothing else.
CREATE TABLE stock (
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    on_hand INTEGER NOT NULL DEFAULT 0,
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    -- The last count; NULL: never counted, so what is on hand is unknown.
    counted_at TEXT,
    first_counted_at TEXT,
    PRIMARY KEY (product_id, warehouse_id)
) STRICT, WITHOUT ROWID;

-- The ledger: it only grows.
CREATE TABLE movement (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    kind TEXT NOT NULL CHECK (kind IN ('count', 'adjustment', 'shipment', 'return', 'receipt', 'write-off')),
    -- Which document moved it: 'order:ACCOUNT:ID:LINE', 'return:ACCOUNT:ID', 'count:N' ...
    document TEXT NOT NULL,
    -- Running number of the document's movements of this product on this shelf.
    number INTEGER NOT NULL CHECK (number > 0),
    -- When it happened on the shelf, and when the book learned of it.
    happened_at TEXT NOT NULL,
    booked_at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (document, product_id, warehouse_id, number)
) STRICT;
CREATE INDEX movement_product ON movement (product_id, warehouse_id, id);

CREATE TRIGGER movement_is_final_update BEFORE UPDATE ON movement
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER movement_is_final_delete BEFORE DELETE ON movement
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER movement_moves AFTER INSERT ON movement
BEGIN
    INSERT INTO stock (product_id, warehouse_id, on_hand)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.quantity)
    ON CONFLICT DO UPDATE SET on_hand = on_hand + excluded.on_hand;
END;

CREATE TABLE count (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    counted_at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX count_product ON count (product_id, warehouse_id, id);
CREATE TRIGGER count_is_final_update BEFORE UPDATE ON count
BEGIN SELECT RAISE(ABORT, 'a count is not rewritten: count again'); END;
CREATE TRIGGER count_is_final_delete BEFORE DELETE ON count
BEGIN SELECT RAISE(ABORT, 'a count is not deleted: count again'); END;
CREATE TRIGGER count_marks AFTER INSERT ON count
BEGIN
    INSERT INTO stock (product_id, warehouse_id, counted_at, first_counted_at)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.counted_at, NEW.counted_at)
    ON CONFLICT DO UPDATE SET
        counted_at = max(coalesce(counted_at, ''), excluded.counted_at),
        first_counted_at = coalesce(first_counted_at, excluded.first_counted_at);
END;

-- ---------------------------------------------------------------- orders and returns

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    order_id TEXT NOT NULL,
    -- As read last; 'unknown' reserves and is reported.
    step TEXT NOT NULL CHECK (step IN ('open', 'shipped', 'delivered', 'cancelled', 'replaced', 'unknown')),
    -- The last step that was understood.
    understood TEXT NOT NULL CHECK (understood IN ('open', 'shipped', 'delivered', 'cancelled', 'replaced')),
    status TEXT NOT NULL,
    shipped INTEGER NOT NULL CHECK (shipped IN (0, 1)),
    created_at TEXT NOT NULL,
    changed_at TEXT,
    -- The marketplace's warehouse, and the shelf it stands for; NULL: none of ours.
    external_warehouse TEXT,
    warehouse_id INTEGER REFERENCES warehouse,
    first_seen_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    -- The last reading that found the units on the shelf.
    open_seen_at TEXT,
    -- When the units left, as the book reckons it.
    moved_at TEXT,
    handle TEXT NOT NULL DEFAULT '',
    -- Why it moves nothing (a test order, marketplace-held stock); NULL: it counts.
    ignored TEXT,
    ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
    UNIQUE (account_id, order_id)
) STRICT;
CREATE INDEX orders_open ON orders (account_id, created_at) WHERE NOT ended;
CREATE INDEX orders_unknown ON orders (account_id) WHERE step = 'unknown';
CREATE INDEX orders_created ON orders (created_at);

CREATE TABLE order_line (
    id INTEGER PRIMARY KEY,
    orders_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
    line_id TEXT NOT NULL,
    listing_id INTEGER REFERENCES listing,
    offer_id TEXT NOT NULL DEFAULT '',
    -- JSON array: how the marketplace names the listing.
    keys TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    -- Units of the listing that have left the shelf.
    off INTEGER NOT NULL DEFAULT 0 CHECK (off >= 0),
    UNIQUE (orders_id, line_id)
) STRICT;
CREATE INDEX order_line_listing ON order_line (listing_id);
CREATE INDEX order_line_unlinked ON order_line (orders_id) WHERE listing_id IS NULL;

-- What each order line has done to each product on each shelf.
CREATE TABLE allocation (
    order_line_id INTEGER NOT NULL REFERENCES order_line ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    -- Promised, still on the shelf.
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    -- Left the shelf: minus the sum of the line's movements, but for what a count absorbed.
    off INTEGER NOT NULL CHECK (off >= 0),
    CHECK (reserved = 0 OR off = 0),
    PRIMARY KEY (order_line_id, product_id, warehouse_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX allocation_reserves ON allocation (product_id, warehouse_id) WHERE reserved > 0;
CREATE INDEX allocation_product ON allocation (product_id);

CREATE TRIGGER allocation_inserts AFTER INSERT ON allocation WHEN NEW.reserved <> 0
BEGIN
    INSERT INTO stock (product_id, warehouse_id, reserved)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.reserved)
    ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved;
END;
CREATE TRIGGER allocation_updates AFTER UPDATE OF reserved ON allocation
WHEN NEW.reserved <> OLD.reserved
BEGIN
    INSERT INTO stock (product_id, warehouse_id, reserved)
    VALUES (NEW.product_id, NEW.warehouse_id, max(0, NEW.reserved - OLD.reserved))
    ON CONFLICT DO UPDATE SET reserved = reserved + NEW.reserved - OLD.reserved;
END;
CREATE TRIGGER allocation_deletes AFTER DELETE ON allocation WHEN OLD.reserved <> 0
BEGIN
    UPDATE stock SET reserved = reserved - OLD.reserved
    WHERE product_id = OLD.product_id AND warehouse_id = OLD.warehouse_id;
END;

CREATE TABLE returns (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    return_id TEXT NOT NULL,
    order_id TEXT,
    listing_id INTEGER REFERENCES listing,
    offer_id TEXT NOT NULL DEFAULT '',
    keys TEXT NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('expected', 'received', 'never', 'unknown')),
    status TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    condition TEXT,
    replaces TEXT,
    created_at TEXT,
    received_at TEXT,
    first_seen_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    -- Received before the book began: it moved nothing and never will.
    history INTEGER NOT NULL DEFAULT 0 CHECK (history IN (0, 1)),
    -- Units of the listing brought to the seller, as booked; and what a person did with them.
    booked INTEGER NOT NULL DEFAULT 0 CHECK (booked >= 0),
    restocked INTEGER NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    written_off INTEGER NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    -- The shelf it goes back to.
    warehouse_id INTEGER REFERENCES warehouse,
    CHECK (restocked + written_off <= booked),
    UNIQUE (account_id, return_id)
) STRICT;
CREATE INDEX returns_order ON returns (account_id, order_id);
CREATE INDEX returns_expected ON returns (account_id) WHERE step IN ('expected', 'unknown');
CREATE INDEX returns_waiting ON returns (account_id) WHERE booked > restocked + written_off;

-- ---------------------------------------------------------------- what the marketplaces show

-- The configuration's account warehouses, with the policy of each; rewritten when it changes.
CREATE TABLE account_warehouse (
    account_id INTEGER NOT NULL REFERENCES account,
    external_warehouse TEXT NOT NULL,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    buffer INTEGER NOT NULL CHECK (buffer >= 0),
    max_quantity INTEGER CHECK (max_quantity >= 0),
    share_percent INTEGER NOT NULL CHECK (share_percent BETWEEN 0 AND 100),
    -- The largest number the marketplace takes.
    ceiling INTEGER NOT NULL CHECK (ceiling > 0),
    -- 1: another account's warehouse shares its stock by itself and is the one pushed.
    follows INTEGER NOT NULL DEFAULT 0 CHECK (follows IN (0, 1)),
    PRIMARY KEY (account_id, external_warehouse)
) STRICT, WITHOUT ROWID;

-- The marketplaces' own word on the seller's warehouses, with its age.
CREATE TABLE marketplace_warehouse (
    account_id INTEGER NOT NULL REFERENCES account,
    external_warehouse TEXT NOT NULL,
    name TEXT NOT NULL,
    unusable TEXT,
    stock_group TEXT,
    read_at TEXT NOT NULL,
    PRIMARY KEY (account_id, external_warehouse)
) STRICT, WITHOUT ROWID;

CREATE TABLE shown (
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    external_warehouse TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account,
    -- What it should show; NULL: unknown or not ours to say, nothing is pushed.
    target INTEGER CHECK (target >= 0),
    -- What it is believed to show: between these two; both NULL: nothing is known.
    low INTEGER CHECK (low >= 0),
    high INTEGER CHECK (high >= low),
    -- The push or reading which the belief rests on happened between these moments.
    believed_since TEXT,
    believed_until TEXT,
    -- Last accepted.
    pushed INTEGER,
    pushed_at TEXT,
    -- The push in flight, or one that ended without an answer; NULL: none.
    push_id INTEGER REFERENCES push,
    -- Own orders and cancellations that turned up while it was in flight.
    flight_sold INTEGER NOT NULL DEFAULT 0 CHECK (flight_sold >= 0),
    flight_back INTEGER NOT NULL DEFAULT 0 CHECK (flight_back >= 0),
    -- Last read back.
    seen INTEGER,
    seen_reserved INTEGER,
    seen_at TEXT,
    -- Not to be sent before: the marketplace's rule on repeats, or a refusal set aside.
    due_at TEXT,
    refused_code TEXT,
    refused_message TEXT,
    refused_at TEXT,
    refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0),
    -- Not to be raised before: it holds more than the book can explain.
    hold_until TEXT,
    CHECK ((low IS NULL) = (high IS NULL)),
    CHECK ((low IS NULL) = (believed_since IS NULL) AND (low IS NULL) = (believed_until IS NULL)),
    CHECK ((pushed IS NULL) = (pushed_at IS NULL)),
    CHECK ((seen IS NULL) = (seen_at IS NULL)),
    PRIMARY KEY (listing_id, external_warehouse)
) STRICT, WITHOUT ROWID;
-- Unknown counts as different.
CREATE INDEX shown_differs ON shown (account_id, external_warehouse)
WHERE target IS NOT NULL AND (low IS NOT target OR high IS NOT target);
CREATE INDEX shown_refused ON shown (account_id) WHERE refused_at IS NOT NULL;
CREATE INDEX shown_account ON shown (account_id, external_warehouse);

-- Every push: written before it is sent, answered after.
CREATE TABLE push (
    id INTEGER PRIMARY KEY,
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    external_warehouse TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    computed_at TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    -- The belief before it, for a refusal to go back to.
    low_before INTEGER,
    high_before INTEGER,
    -- NULL: not answered, so unknown.
    verdict TEXT CHECK (verdict IN ('accepted', 'refused', 'later', 'unknown')),
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    answered_at TEXT,
    CHECK ((verdict IS NULL) = (answered_at IS NULL))
) STRICT;
CREATE INDEX push_listing ON push (listing_id, external_warehouse, id);
CREATE INDEX push_unanswered ON push (id) WHERE verdict IS NULL;

-- Listings whose target must be computed anew; filled by triggers. (ON CONFLICT, because
-- the outer statement's conflict clause would take the place of an OR IGNORE; and a NOT IN of what is
-- being filled makes SQLite set up a table in between for every row.)
CREATE TABLE dirty (listing_id INTEGER PRIMARY KEY) STRICT;

-- Counting again what was counted changes no target: the movement beside it does, where there is one.
CREATE TRIGGER stock_changes AFTER UPDATE ON stock
WHEN NEW.on_hand <> OLD.on_hand OR NEW.reserved <> OLD.reserved
    OR (NEW.counted_at IS NULL) <> (OLD.counted_at IS NULL)
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.product_id
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER stock_begins AFTER INSERT ON stock
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.product_id
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER product_changes AFTER UPDATE OF buffer ON product WHEN NEW.buffer IS NOT OLD.buffer
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.id
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER component_begins AFTER INSERT ON component
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER component_changes AFTER UPDATE ON component
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER component_ends AFTER DELETE ON component
BEGIN
    INSERT INTO dirty VALUES (OLD.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER shown_begins AFTER INSERT ON shown
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER listing_archives AFTER UPDATE OF archived ON listing
WHEN NEW.archived <> OLD.archived
BEGIN
    INSERT INTO dirty VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;

-- ---------------------------------------------------------------- runs

-- How far each job has read each account.
CREATE TABLE cursor (
    account_id INTEGER NOT NULL REFERENCES account,
    job TEXT NOT NULL,
    -- Opaque place to go on from (catalog).
    value TEXT,
    -- Everything up to this moment has been read (orders, returns): when that reading began.
    read_until TEXT,
    -- When the first and the last complete reading began and the last one ended.
    first_at TEXT,
    finished_at TEXT,
    PRIMARY KEY (account_id, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    job TEXT NOT NULL,
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    error_kind TEXT,
    message TEXT,
    -- JSON object of counts.
    counts TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX run_account ON run (account_id, job, id);
CREATE INDEX run_success ON run (account_id, job, id) WHERE ok;

CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
