-- What was last taken of each source, a stock file that comes again and again.
CREATE TABLE source (
    -- Its name in the configuration.
    name TEXT PRIMARY KEY,
    -- The file that was taken, and what tells its content from every other.
    file TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- What tells how it was read: another answer is another import.
    answers TEXT NOT NULL,
    -- When the file was written; its numbers are of then.
    written_at TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    -- Products and warehouses that it counted; of those, on hand was another number.
    counted INTEGER NOT NULL CHECK (counted >= 0),
    changed INTEGER NOT NULL CHECK (changed >= 0)
) STRICT, WITHOUT ROWID;
