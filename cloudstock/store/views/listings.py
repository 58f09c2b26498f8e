"""What is said of a listing in a marketplace warehouse, as SQL."""

from __future__ import annotations

# A window, named {}, that shows more than it was told to. A reading that counts (newer than the
# last push, and settled) is what is believed. One that is only watched, or was since it was told
# anything, shows what others say.
DRIFT = (
    "({0}.seen > {0}.pushed AND {0}.seen > coalesce({0}.target, 0)"
    " AND {0}.seen_at > {0}.pushed_at AND {0}.believed_until = {0}.seen_at"
    " AND NOT EXISTS (SELECT 1 FROM account_warehouse others WHERE"
    " others.account_id = {0}.account_id AND others.external_warehouse = {0}.external_warehouse"
    " AND (others.watched OR others.watched_until > {0}.pushed_at)))"
)

# A window, named s, that certainly shows another number than it should. That of which a complete
# reading found no record shows none.
DIFFERS = (
    "(s.target IS NOT NULL AND (s.low IS NOT s.target OR s.high IS NOT s.target)"
    " AND (s.low > s.target OR s.high < s.target OR (s.low IS NULL AND s.seen IS NULL"
    " AND s.pushed IS NULL AND s.push_id IS NULL AND s.target > 0"
    " AND EXISTS (SELECT 1 FROM cursor k WHERE k.account_id = s.account_id"
    " AND k.job = 'reserves' AND k.read_until IS NOT NULL))))"
)
