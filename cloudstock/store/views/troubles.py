"""What is worth telling a person who is not looking: queries of (subject, facts, opens).

Each follows an index of what is wrong, not the products or listings: they are asked after every
job. `facts` is the JSON object that a message is made of. `settle` of `store.notices` says what
becomes of them.
"""

from __future__ import annotations

# Jobs that run again by themselves. `orders` counts for the whole account; `check` is asked by hand
# and answers whoever asked.
OTHER_JOBS = ("catalog", "push", "reserves", "returns", "watch")
# The one that is not done for an account a just now: it is only watched, or it is pushed.
_PAST = "iif(a.push = 'off', 'push', 'watch')"

_LAST_ORDERS = (
    "(SELECT id FROM run x WHERE x.account_id = a.id AND x.job = 'orders' ORDER BY id DESC LIMIT 1)"
)
_LAST = (
    "(SELECT id FROM run x WHERE x.account_id = a.id AND x.job = k.value ORDER BY id DESC LIMIT 1)"
)

# An account whose orders cannot be read, or were not for too long.
# ?1: names of the configured accounts, a JSON array; ?2: what was last read before is too old.
DOWN = (
    "SELECT a.id, json_object('account', a.name, 'since', c.read_until,"
    " 'message', iif(r.ok = 0, r.message, NULL)), 1"
    " FROM json_each(?1) j CROSS JOIN account a ON a.name = j.value"
    " LEFT JOIN cursor c ON c.account_id = a.id AND c.job = 'orders'"
    f" LEFT JOIN run r ON r.id = {_LAST_ORDERS}"
    " WHERE r.ok = 0 OR c.read_until < ?2"
)

# Another job that fails. While the account is down all of its jobs may, and one word is enough:
# what nobody was told of waits until the account works again.
# ?1: as above; ?2: the jobs, a JSON array.
FAILED = (
    "SELECT a.id || ':' || k.value, json_object('account', a.name, 'job', k.value,"
    " 'since', (SELECT s.ended_at FROM run s WHERE s.account_id = a.id AND s.job = k.value AND s.ok"
    " ORDER BY s.id DESC LIMIT 1), 'message', r.message), NOT EXISTS (SELECT 1 FROM notice n"
    " WHERE n.kind = 'down' AND n.subject = CAST(a.id AS TEXT) AND n.closed_at IS NULL)"
    " FROM json_each(?1) j CROSS JOIN account a ON a.name = j.value CROSS JOIN json_each(?2) k"
    f" CROSS JOIN run r ON r.id = {_LAST} WHERE NOT r.ok AND k.value <> {_PAST}"
)

# Subjects of `FAILED` that are neither wrong nor right again: such a job is not done any more.
PAST = f"SELECT a.id || ':' || {_PAST} FROM account a"

OVERSOLD = (
    "SELECT s.product_id || ':' || s.warehouse_id, json_object('sku', p.sku, 'warehouse', w.name,"
    " 'reserved', s.reserved, 'on_hand', s.on_hand), 1 FROM stock s"
    " JOIN product p ON p.id = s.product_id JOIN warehouse w ON w.id = s.warehouse_id"
    " WHERE s.counted_at IS NOT NULL AND s.reserved > s.on_hand"
)

# Those that a person unlinked are left alone. ?1: as above.
UNLINKED = (
    "SELECT l.id, json_object('account', a.name, 'article', coalesce(nullif(l.offer_id, ''),"
    " l.name)), 1 FROM json_each(?1) j CROSS JOIN account a ON a.name = j.value"
    " CROSS JOIN listing l ON l.account_id = a.id AND l.link <> 'auto'"
    " WHERE l.link = 'none' AND l.archived = 0"
)

# ?1: a JSON array of objects: account, ends_at.
ENDING = (
    "SELECT a.id || ':' || json_extract(j.value, '$.ends_at'), j.value, 1 FROM json_each(?1) j"
    " CROSS JOIN account a ON a.name = json_extract(j.value, '$.account')"
)
