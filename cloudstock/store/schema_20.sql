-- Step 20: an account is the cabinet that it stands for; its name is a label, which people may change.

-- The cabinet's own id, of its marketplace; NULL: not known yet.
ALTER TABLE account ADD COLUMN cabinet TEXT CHECK (cabinet <> '');
CREATE UNIQUE INDEX account_cabinet ON account (marketplace, cabinet);
-- What documents in the ledger call it: the name that it had first. It never changes.
ALTER TABLE account ADD COLUMN booked_as TEXT;
UPDATE account SET booked_as = name;
CREATE UNIQUE INDEX account_booked_as ON account (booked_as);
-- Where another account had that name first, its number tells them apart: no name has a '#'.
CREATE TRIGGER account_begins AFTER INSERT ON account
BEGIN
    UPDATE account SET booked_as = iif(EXISTS (SELECT 1 FROM account a WHERE a.booked_as = NEW.name),
        NEW.name || '#' || NEW.id, NEW.name) WHERE id = NEW.id;
END;
CREATE TRIGGER account_stays AFTER UPDATE OF booked_as ON account
WHEN OLD.booked_as IS NOT NULL AND NEW.booked_as IS NOT OLD.booked_as
BEGIN SELECT RAISE(ABORT, 'the ledger calls an account by one name'); END;
