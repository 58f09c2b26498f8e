-- Step 17: tables are called what they hold. Views and triggers follow.

-- One listing in one marketplace warehouse: what it should show, was sent and was seen to show.
ALTER TABLE shown RENAME TO listing_stock;
DROP INDEX shown_differs;
CREATE INDEX listing_stock_differs ON listing_stock (account_id, external_warehouse) WHERE differs;
DROP INDEX shown_refused;
CREATE INDEX listing_stock_refused ON listing_stock (account_id) WHERE refused_at IS NOT NULL;
DROP INDEX shown_account;
CREATE INDEX listing_stock_account ON listing_stock (account_id, external_warehouse);
DROP INDEX shown_held;
CREATE INDEX listing_stock_held ON listing_stock (account_id) WHERE hold_until IS NOT NULL;
DROP INDEX shown_above;
CREATE INDEX listing_stock_above ON listing_stock (account_id) WHERE above;
DROP INDEX shown_in_flight;
CREATE INDEX listing_stock_in_flight ON listing_stock (account_id) WHERE push_id IS NOT NULL;
DROP INDEX shown_led;
CREATE INDEX listing_stock_led ON listing_stock (leader_id, leader_warehouse)
WHERE leader_id IS NOT NULL;
DROP TRIGGER shown_begins;
CREATE TRIGGER listing_stock_begins AFTER INSERT ON listing_stock
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;

-- What each of them may sell where a product is divided.
ALTER TABLE promise RENAME TO quota;
DROP INDEX promise_uncovered;
CREATE INDEX quota_uncovered ON quota (account_id) WHERE NOT covered;
