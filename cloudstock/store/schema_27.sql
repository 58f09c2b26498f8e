-- Step 27: a dispute is no status that nobody knows. It says nothing of the units, so the step of such
-- an order stays what it was.

ALTER TABLE orders ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1));
-- What the marketplace says of it now.
ALTER TABLE orders ADD COLUMN read_step TEXT NOT NULL GENERATED ALWAYS AS
    (iif(disputed, 'disputed', step)) VIRTUAL;
CREATE INDEX orders_disputed ON orders (account_id) WHERE disputed;
