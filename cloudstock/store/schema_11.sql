-- Step 11: a hand-over that only the seller has told of, and no scan of the marketplace's proved.

-- See `Order.unscanned`; as last understood.
ALTER TABLE orders ADD COLUMN unscanned INTEGER NOT NULL DEFAULT 0 CHECK (unscanned IN (0, 1));
