-- Step 4: units may move between shelves. A CHECK cannot be changed in place, so the ledger is copied,
-- line by line as it is, into a table that knows the new kind; nothing refers to it but its own triggers.

CREATE TABLE movement_wider (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    kind TEXT NOT NULL CHECK (kind IN (
        'count', 'adjustment', 'move', 'shipment', 'return', 'receipt', 'write-off')),
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
INSERT INTO movement_wider SELECT * FROM movement;
DROP TABLE movement;
ALTER TABLE movement_wider RENAME TO movement;
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
