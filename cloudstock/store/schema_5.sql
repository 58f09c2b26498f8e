-- Step 5: what is wrong is found without walking all windows and listings of an account.

-- Read back showing more than was sent.
CREATE INDEX shown_above ON shown (account_id) WHERE seen > pushed;
-- Sent, and not answered yet or never.
CREATE INDEX shown_in_flight ON shown (account_id) WHERE push_id IS NOT NULL;
-- Few are linked by hand or not at all; the others have their product.
CREATE INDEX listing_not_auto ON listing (account_id) WHERE link <> 'auto';
