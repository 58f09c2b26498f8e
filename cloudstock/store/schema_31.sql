-- Step 31: a listing that a person took off its products shows none, unless it is left to others.

-- 1: of no product by a person's word, and somebody else keeps its number: it is sent none.
ALTER TABLE listing ADD COLUMN left_alone INTEGER NOT NULL DEFAULT 0 CHECK (left_alone IN (0, 1));
-- Up to now nothing was sent for those.
UPDATE listing SET left_alone = 1 WHERE link = 'manual'
    AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = listing.id);
