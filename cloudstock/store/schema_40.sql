-- Step 40: where a listing's card is on its marketplace, and its picture, as the catalog tells.

-- Addresses of https; '': it tells none.
ALTER TABLE listing ADD COLUMN card_url TEXT NOT NULL DEFAULT '';
ALTER TABLE listing ADD COLUMN picture_url TEXT NOT NULL DEFAULT '';
