"""The table of troubles: what may be wrong, how it is found, what it says, and what mends it.

`status`, the web's first page, notices, the report and `check` read it; nothing else asks what is
wrong. A further trouble is a further `Kind` in `KINDS`, its Russian in the catalogue, and in
`tests/jobs/test_troubles.py` how it comes and how its advice ends it.

They are no view of the schema: all but one (oversold) hang on what is configured and on the moment
of the question, so a view would be short of troubles, and read as if nothing were wrong. What of
them holds at any time has its views: `stock_level`, `listing_state`, `unmanaged_listing`,
`unlinked_listing`.

Queries follow indices of what is wrong, never products or listings: they are asked after every
job, of accounts of a million listings.
"""

from __future__ import annotations

from datetime import timedelta
from shlex import quote

from cloudstock.language import mark, tr, trn
from cloudstock.store.cursors import NOT_FRESH
from cloudstock.store.runs import OLD_COPY
from cloudstock.store.troubles import sentences
from cloudstock.store.troubles.kind import Facts, Kind, Severity
from cloudstock.store.views import few
from cloudstock.store.views.comparisons import COLUMNS

# A push without an answer may simply be on its way for this long.
IN_FLIGHT = timedelta(minutes=2)
# A clock further off than this is told. It is reckoned with; but what people count and read is
# by it. What is off by an hour is wrong for everything else on the machine, too.
CLOCK_OFF_S, CLOCK_WRONG_S = 30, 3_600
# Credentials are told of this long before they end.
CREDENTIALS_END_SOON = timedelta(days=14)
# What left with a cancelled order may take this long to come back.
AWAITED = timedelta(days=30)
# A walk of a catalog takes no longer; what it told of is linked at its end.
WALK_LASTS = timedelta(hours=4)
# How far back the differences of an account are told.
DAY = timedelta(hours=24)


# ---------------------------------------------------------------- pieces of queries

# The accounts that are asked for, those that the database does not know yet left out.
_ACCOUNTS = "FROM json_each(:accounts) j CROSS JOIN account a ON a.name = j.key"
# Of an account a: the job that is not done for it now, since it is only watched, or is pushed.
_PAST = "iif(a.push = 'off' OR NOT j.value, 'push', 'watch')"
_LAST_ORDERS_OK = (
    "coalesce((SELECT x.ok FROM run x WHERE x.account_id = a.id AND x.job = 'orders'"
    " ORDER BY x.id DESC LIMIT 1), 1)"
)
_LISTING = (
    "SELECT a.name AS account, s.offer_id || iif(s.external_warehouse = '', '', ' ('"
    " || s.external_warehouse || ')') AS listing"
)
_DIFFERS = (
    f"{_ACCOUNTS} CROSS JOIN {few('differs')} AND x.account_id = a.id"
    " WHERE s.refused IS NULL AND NOT s.watched"
)
# Its units are its own alone, so that it waits for those of others.
_DIVIDED = (
    "EXISTS (SELECT 1 FROM quota q WHERE q.listing_id = x.listing_id"
    " AND q.external_warehouse = x.external_warehouse AND q.divided)"
)

# Of what names a listing: none is known, or nobody has said yet what it is made of.
_LINKED_TO_NOTHING = (
    "coalesce((SELECT x.link FROM listing x WHERE x.id = r.listing_id), 'none') = 'none'"
)


def _unmanaged(reason: str) -> str:
    """Return the query that counts the accounts' listings that are not managed for a reason."""
    return (
        f"SELECT a.name AS account, a.id AS subject, count, shown {_ACCOUNTS} CROSS JOIN"
        " (SELECT account_id, count(*) AS count, sum(last_shown) AS shown FROM unmanaged_listing"
        f" WHERE reason = '{reason}' GROUP BY account_id) AS unmanaged_listing ON account_id = a.id"
    )


# Listings that may show something, of what is configured no more: as the last run saw it, and what
# was taken away since then.
_NOT_CONFIGURED = (
    "SELECT account_id, external_warehouse, last_shown FROM unmanaged_listing"
    " WHERE reason = 'unconfigured'"
    " UNION ALL SELECT w.account_id, w.external_warehouse, s.last_shown FROM account a"
    " CROSS JOIN account_warehouse w ON w.account_id = a.id"
    " CROSS JOIN listing_stock s INDEXED BY listing_stock_account ON s.account_id = a.id"
    " AND s.external_warehouse = w.external_warehouse WHERE s.may_show AND NOT EXISTS"
    " (SELECT 1 FROM json_each(:warehouses) k WHERE k.value ->> 0 = a.name"
    " AND k.value ->> 1 = w.external_warehouse)"
)
# Products that sell, and of which there is little or nothing left.
_SUPPLY = (
    "FROM sale_rate r INDEXED BY sale_rate_supply CROSS JOIN product p ON p.id = r.product_id"
    " WHERE p.hidden_at IS NULL AND r.supply ="
)
# Targets are not computed yet: a push or show-stock does it.
_TARGETS_ARE_OLD = "EXISTS (SELECT 1 FROM dirty)"


def _words(*, left_out: bool) -> str:
    """Return the query of what answers held that no table knows."""
    these = (
        f"FROM surprise s WHERE s.account_id = a.id AND s.left_out = {left_out:d}"
        f" AND s.last_at >= :{'left_out' if left_out else 'unknown'}_since"
    )
    return (
        f"SELECT a.name AS account, (SELECT count(*) {these}) AS count, (SELECT json_group_array("
        "json_object('field', field, 'word', word, 'place', place, 'times', times))"
        f" FROM (SELECT * {these} ORDER BY last_at DESC, times DESC, place, field, word"
        f" LIMIT {sentences.WORDS_MAX})) AS words {_ACCOUNTS} WHERE EXISTS (SELECT 1 {these})"
    )


def _order_more(facts: Facts) -> str:
    return tr(
        "order more, and count what came: `cloudstock set-stock {sku} N`", sku=quote(facts["sku"])
    )


def _stale_source(facts: Facts) -> str:
    """Tell how old the numbers of a source are."""
    if facts["written_at"] is None:
        return tr("of the source {source} nothing was taken yet", source=facts["source"])
    return tr(
        "of the source {source} nothing newer was taken than of {at}",
        source=facts["source"],
        at=facts["written_at"],
    )


# ---------------------------------------------------------------- the table

_READ_ORDERS = mark("run `cloudstock poll-orders`")
_LINK = mark("run `cloudstock pull-catalog` or `cloudstock link-listing`")
_NEWER = mark(
    "a newer cloudstock may know it; if there is none, send a report:"
    " `cloudstock sync --record report.jsonl`"
)

KINDS = (
    Kind(
        mark("failed", "finding"),
        # While orders cannot be read all of an account's jobs may fail, and one word is enough: of
        # the others what nobody was told of waits until they can. `check` is asked by hand and
        # answers whoever asked.
        "SELECT a.name AS account, a.id || ':' || r.job AS subject, r.job, r.message, r.error_kind,"
        " (SELECT x.ended_at FROM run x WHERE x.account_id = a.id AND x.job = r.job AND x.ok"
        " ORDER BY x.id DESC LIMIT 1) AS succeeded_at, CASE r.job WHEN 'check' THEN NULL"
        f" WHEN 'orders' THEN 1 ELSE {_LAST_ORDERS_OK} AND (c.read_until IS NULL OR NOT"
        f" {NOT_FRESH}) END AS opens {_ACCOUNTS} CROSS JOIN json_each(:jobs) k CROSS JOIN run r"
        " ON r.id = (SELECT x.id FROM run x WHERE x.account_id = a.id AND x.job = k.value"
        " ORDER BY x.id DESC LIMIT 1)"
        " LEFT JOIN cursor c ON c.account_id = a.id AND c.job = 'orders'"
        f" WHERE NOT r.ok AND r.job <> {_PAST}",
        sentences.failed,
        sentences.failed_advice,
        "/runs?only=failed",
        event="failed",
        passes=True,
        over=mark("{job} succeeds again, after trouble since {opened_at}"),
        void=f"SELECT a.id || ':' || {_PAST} {_ACCOUNTS}",
        order=("job",),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("never polled", "finding"),
        f"SELECT j.key AS account, coalesce(a.id, j.key) AS subject, {_LAST_ORDERS_OK} AS opens"
        " FROM json_each(:accounts) j LEFT JOIN account a ON a.name = j.key"
        " LEFT JOIN cursor c ON c.account_id = a.id AND c.job = 'orders'"
        " WHERE c.read_until IS NULL",
        mark("orders were never read, so nothing is raised"),
        _READ_ORDERS,
        event="failed",
        passes=True,
        over=mark("orders are read now; none were since {opened_at}"),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("stale", "finding"),
        # Where the last reading failed, that is what people are told.
        "SELECT a.name AS account, a.id AS subject, c.read_until AS read_at,"
        f" c.read_until > :now AS ahead, {_LAST_ORDERS_OK} AS opens {_ACCOUNTS}"
        " CROSS JOIN cursor c ON c.account_id = a.id AND c.job = 'orders'"
        f" WHERE c.read_until IS NOT NULL AND {NOT_FRESH}",
        sentences.stale,
        _READ_ORDERS,
        event="failed",
        passes=True,
        over=mark("orders are read again, after trouble since {opened_at}"),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("push off", "finding"),
        # As the last run took it; a configuration that was changed since then, or read long ago,
        # may say otherwise. Where either says that nothing is sent, that is told.
        "SELECT j.key AS account, j.value AS pushed, iif(a.push = 'off', a.push_since, NULL)"
        f" AS since_at, c.compared_at AS read_at, iif(c.compared_at IS NULL, NULL,"
        f" json_array({COLUMNS})) AS compared, (SELECT iif(count(*), json_object('readings',"
        " count(*), 'differing', sum(above + below > 0), 'above', max(units_above), 'below',"
        " max(units_below)), NULL) FROM comparison WHERE account_id = a.id AND push = 'off'"
        " AND listings > 0 AND compared_at >= :day_before) AS day"
        " FROM json_each(:accounts) j LEFT JOIN account a ON a.name = j.key"
        " LEFT JOIN comparison c ON c.account_id = a.id AND c.compared_at = (SELECT"
        " max(compared_at) FROM comparison WHERE account_id = a.id)"
        " WHERE (a.push = 'off' OR NOT j.value) AND a.paused_at IS NULL",
        sentences.push_off,
        lambda f: "" if f["pushed"] else tr("`push: on` in the configuration ends it"),
        always=True,
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("paused", "finding"),
        f"SELECT a.name AS account, a.paused_at {_ACCOUNTS} WHERE a.paused_at IS NOT NULL",
        sentences.PAUSED,
        sentences.RESUME,
        always=True,
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("push off shared", "finding"),
        "SELECT a.name AS account, (SELECT group_concat(name, ', ') FROM (SELECT DISTINCT o.name"
        " FROM stock_share mine JOIN stock_share theirs ON theirs.stock = mine.stock"
        " JOIN account o ON o.id = theirs.account_id AND o.push = 'off'"
        f" WHERE mine.account_id = a.id ORDER BY o.name)) AS others {_ACCOUNTS}"
        " WHERE a.push = 'on' AND others IS NOT NULL",
        mark(
            "nothing is sent to its warehouse: it shares its stock with {others}, and nothing is"
            " sent there"
        ),
        mark("it ends when numbers are sent to {others} again"),
        always=True,
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("refused", "finding"),
        # Where it shows what it should nothing is sent, so nothing is refused any more.
        f"{_LISTING}, s.refused AS reason, x.due_at {_ACCOUNTS}"
        f" CROSS JOIN {few('refused')} AND x.account_id = a.id WHERE x.differs AND NOT s.watched",
        mark("{listing} was refused: {reason}"),
        sentences.refused_advice,
        "/products?only=refused",
        order=("listing",),
    ),
    Kind(
        mark("drift", "finding"),
        f"{_LISTING}, s.seen, s.pushed {_ACCOUNTS}"
        f" CROSS JOIN {few('above')} AND x.account_id = a.id WHERE s.drift"
        " AND x.unmanaged IS NULL",
        mark(
            "{listing} shows {seen} though {pushed} was accepted: changed by someone else, or not"
            " applied"
        ),
        mark("the next `cloudstock push-stocks` mends it"),
        order=("listing",),
    ),
    Kind(
        mark("second writer", "finding"),
        # What was shown is believed once it was read, and sent again: each time is a change anew.
        "SELECT a.name AS account, a.id AS subject, n.listings FROM (SELECT a.id, a.name,"
        " (SELECT iif(count(*) = 3 AND min(drift) > 0, max(drift), 0) FROM (SELECT"
        " coalesce(x.counts ->> '$.drift', 0) AS drift FROM run x WHERE x.account_id = a.id AND"
        " x.job = 'reserves' AND x.ok AND x.began_at >= :day_before ORDER BY x.id DESC LIMIT 3))"
        f" AS listings {_ACCOUNTS} WHERE a.push = 'on') n JOIN account a ON a.id = n.id"
        " WHERE n.listings > 0",
        lambda f: trn(
            "somebody else writes here: in each of the last 3 readings {n} listing showed more than"
            " was sent",
            "somebody else writes here: in each of the last 3 readings up to {n} listings showed"
            " more than was sent",
            f["listings"],
        ),
        mark(
            "find out who sets its numbers (another machine with this account, another program, a"
            " sheet in the cabinet) and stop that; the next reading without it ends this"
        ),
        event="failed",
        passes=True,
        over=mark("nobody else writes its numbers any more"),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("unanswered", "finding"),
        f"SELECT a.name AS account, count(*) AS count {_ACCOUNTS} CROSS JOIN {few('in_flight')}"
        " AND x.account_id = a.id CROSS JOIN push p ON p.id = x.push_id"
        " WHERE p.sent_at < :in_flight_since AND NOT s.watched GROUP BY a.id",
        lambda f: trn(
            "{n} listing is sent without an answer, so what it shows is not known",
            "{n} listings are sent without an answer, so what they show is not known",
            f["count"],
        ),
        mark("the next `cloudstock push-stocks` settles it"),
    ),
    Kind(
        mark("held", "finding"),
        # Where nothing is pushed that they hinder, other accounts may sell them once more.
        f"SELECT a.name AS account, count(*) AS count {_ACCOUNTS} CROSS JOIN {few('held')}"
        " AND x.account_id = a.id WHERE x.hold_until > :now AND (s.watched"
        f" OR s.target > s.expected_low AND NOT {_TARGETS_ARE_OLD}) GROUP BY a.id",
        lambda f: trn(
            "the marketplace holds units of {n} listing for orders that are not known here",
            "the marketplace holds units of {n} listings for orders that are not known here",
            f["count"],
        ),
        mark("`cloudstock poll-orders --since 30d` may find them"),
    ),
    Kind(
        mark("not raised", "finding"),
        "SELECT a.name AS account, count(*) AS count, (SELECT group_concat(name, ', ') FROM (SELECT"
        " DISTINCT o.name FROM account_warehouse mine JOIN account_warehouse theirs"
        " ON theirs.warehouse_id = mine.warehouse_id JOIN account o ON o.id = theirs.account_id"
        " LEFT JOIN cursor c ON c.account_id = o.id AND c.job = 'orders'"
        f" WHERE mine.account_id = a.id AND {NOT_FRESH} ORDER BY o.name)) AS others"
        f" {_DIFFERS} AND s.target > coalesce(s.expected_low, -1) AND NOT {_TARGETS_ARE_OLD}"
        " GROUP BY a.id HAVING others IS NOT NULL",
        lambda f: trn(
            "{n} listing is not raised: the orders of {others} from the same warehouse are not"
            " known freshly",
            "{n} listings are not raised: the orders of {others} from the same warehouse are not"
            " known freshly",
            f["count"],
            **f,
        ),
        _READ_ORDERS,
    ),
    Kind(
        mark("unlinked listing", "finding"),
        f"SELECT a.name AS account, l.id AS subject, l.offer_id, l.name {_ACCOUNTS}"
        " CROSS JOIN unlinked_listing l ON l.account_id = a.id WHERE l.link = 'none'",
        lambda f: tr(
            "{article} is linked to no product and is not pushed",
            article=f["offer_id"] or f["name"],
        ),
        mark(
            "see `cloudstock listings --unlinked`, and run `cloudstock link-listing`; where it is"
            " no product of yours, `cloudstock unlink-listing`"
        ),
        "/listings",
        event="unlinked",
        passes=True,
        many=True,
        order=("offer_id", "subject"),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("unmatched listing", "finding"),
        f"SELECT a.name AS account, a.id AS subject, count(*) AS count {_ACCOUNTS}"
        " CROSS JOIN listing l INDEXED BY listing_not_auto ON l.account_id = a.id"
        " WHERE l.link <> 'auto' AND l.link = 'none' AND l.offered"
        " AND l.catalog_seen_at < :walk_since AND NOT EXISTS"
        " (SELECT 1 FROM component c WHERE c.listing_id = l.id)"
        " AND NOT EXISTS (SELECT 1 FROM unlinked_listing u WHERE u.account_id = a.id"
        " AND u.id = l.id) GROUP BY a.id",
        lambda f: trn(
            "{n} listing of a catalog that was not read to its end is not linked yet",
            "{n} listings of a catalog that was not read to its end are not linked yet",
            f["count"],
        ),
        mark("run `cloudstock pull-catalog`"),
        "/listings",
        event="unlinked",
        passes=True,
        severity=Severity.URGENT,
    ),
    Kind(
        mark("never counted", "finding"),
        _unmanaged("uncounted"),
        lambda f: trn(
            "{n} listing shows {shown} of a product that was never counted, so nothing keeps it"
            " true",
            "{n} listings show {shown} of products that were never counted, so nothing keeps them"
            " true",
            f["count"],
            **f,
        ),
        mark(
            "see `cloudstock products --uncounted`, and run `cloudstock set-stock` or"
            " `cloudstock adopt-stock`"
        ),
        "/products?only=uncounted",
        event="unmanaged",
        passes=True,
        severity=Severity.URGENT,
    ),
    Kind(
        mark("not offered", "finding"),
        # Nobody can buy them, and a marketplace may take no number for them.
        _unmanaged("unoffered"),
        lambda f: trn(
            "{n} listing that is archived or gone holds {shown}, which sell as soon as it is back",
            "{n} listings that are archived or gone hold {shown} in all, which sell as soon as they"
            " are back",
            f["count"],
            **f,
        ),
        mark("before you restore one, set it to zero in the cabinet"),
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("left alone", "finding"),
        # By a person's word somebody else keeps them.
        "SELECT a.name AS account, count(*) AS count, sum(u.last_shown) AS shown"
        f" {_ACCOUNTS} CROSS JOIN unmanaged_listing u ON u.account_id = a.id CROSS JOIN listing l"
        " ON l.id = u.listing_id WHERE u.reason = 'unlinked' AND l.left_alone GROUP BY a.id",
        lambda f: trn(
            "{n} listing that is left to others shows {shown}: nothing is sent to it",
            "{n} listings that are left to others show {shown} in all: nothing is sent to them",
            f["count"],
            **f,
        ),
        mark(
            "`cloudstock unlink-listing` without --leave sets one to 0, `cloudstock link-listing`"
            " keeps it again"
        ),
        "/listings",
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("unknown order", "finding"),
        f"SELECT a.name AS account, o.id AS n, o.order_id AS id, o.status {_ACCOUNTS} CROSS JOIN"
        " orders o INDEXED BY orders_unknown ON o.account_id = a.id AND o.step = 'unknown'",
        mark("order {id} has a status that nobody knows ({status}); its units stay reserved"),
        _NEWER,
        "/orders?only=unknown",
        order=("n",),
    ),
    Kind(
        mark("unknown return", "finding"),
        f"SELECT a.name AS account, r.id AS n, r.return_id AS id, r.status {_ACCOUNTS} CROSS JOIN"
        " returns r INDEXED BY returns_unknown ON r.account_id = a.id AND r.step = 'unknown'",
        mark("return {id} has a status that nobody knows ({status}); nothing moves for it"),
        _NEWER,
        "/returns?only=unknown",
        order=("n",),
    ),
    Kind(
        mark("unlinked order", "finding"),
        "SELECT DISTINCT a.name AS account, o.id AS n, o.order_id AS id,"
        " coalesce(nullif(loose.offer_id, ''), json_extract(loose.keys, '$[0]'), '') AS offer_id"
        # From the few lines, for of orders there are many.
        f" {_ACCOUNTS} CROSS JOIN (SELECT * FROM order_line INDEXED BY order_line_unlinked"
        " WHERE listing_id IS NULL UNION ALL SELECT l.* FROM listing x INDEXED BY listing_not_auto"
        " CROSS JOIN order_line l INDEXED BY order_line_listing ON l.listing_id = x.id"
        " WHERE x.link = 'none' AND x.link <> 'auto') loose"
        " CROSS JOIN orders o ON o.id = loose.orders_id AND o.account_id = a.id"
        " WHERE o.ignored IS NULL AND loose.quantity > 0 AND (NOT o.ended OR o.shipped)"
        " AND o.warehouse_id IS NOT NULL",
        lambda f: tr(
            "order {id}: {listing} is linked to no product, so it reserves nothing",
            id=f["id"],
            listing=f["offer_id"] or tr("a line"),
        ),
        _LINK,
        "/orders?only=unlinked",
        order=("n",),
    ),
    Kind(
        mark("unlinked return", "finding"),
        f"SELECT a.name AS account, r.id AS n, r.return_id AS id, r.offer_id {_ACCOUNTS}"
        " JOIN returns r ON r.account_id = a.id AND r.step = 'received' WHERE r.booked = 0"
        f" AND NOT r.history AND r.quantity > 0 AND {_LINKED_TO_NOTHING}",
        lambda f: tr(
            "return {id}: {listing} is linked to no product, so nothing came back to the stock",
            id=f["id"],
            listing=f["offer_id"] or tr("it"),
        ),
        _LINK,
        "/listings",
        order=("n",),
    ),
    Kind(
        mark("clock", "finding"),
        "SELECT a.name AS account, a.clock_skew_s AS skew_s,"
        f" abs(a.clock_skew_s) < {CLOCK_WRONG_S} AS notable {_ACCOUNTS}"
        f" WHERE abs(a.clock_skew_s) >= {CLOCK_OFF_S}",
        sentences.clock,
        mark("cloudstock reckons with it, but set it by NTP"),
    ),
    Kind(
        mark("credentials", "finding"),
        "SELECT a.name AS account, a.id || ':' || a.credentials_end AS subject,"
        " a.credentials_end AS ends_at, a.credentials_end > :now AS notable,"
        " iif(a.credentials_end > :now, CAST(julianday(a.credentials_end) - julianday(:now)"
        f" AS INTEGER), NULL) AS days {_ACCOUNTS} WHERE a.credentials_end < :ends_before",
        sentences.credentials,
        mark(
            "make a new one in the cabinet, write it into the configuration and run"
            " `cloudstock check`"
        ),
        event="token",
        severity=Severity.URGENT,
    ),
    Kind(
        mark("left out", "finding"),
        _words(left_out=True),
        lambda f: trn(
            "{n} thing in answers could not be read, so whatever it stands in (an order, a listing)"
            " is missing here: {words}",
            "{n} things in answers could not be read, so whatever they stand in (orders, listings)"
            " is missing here: {words}",
            f["count"],
            words=sentences.named(f),
        ),
        _NEWER,
    ),
    Kind(
        mark("unknown word", "finding"),
        # An order, a return or a listing that hangs on such a word is wrong by itself.
        _words(left_out=False),
        lambda f: trn(
            "{n} word of the marketplace is not known: {words}. Nothing is guessed: an order with"
            " it keeps its units reserved, all else stays as it was",
            "{n} words of the marketplace are not known: {words}. Nothing is guessed: an order with"
            " one keeps its units reserved, all else stays as it was",
            f["count"],
            words=sentences.named(f),
        ),
        _NEWER,
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("returns waiting", "finding"),
        f"SELECT a.name AS account, count(*) AS returns, sum(r.waiting) AS units {_ACCOUNTS}"
        " CROSS JOIN returns r INDEXED BY returns_waiting ON r.account_id = a.id"
        " AND r.waiting > 0 GROUP BY a.id",
        lambda f: trn(
            "{n} return waits in quarantine (units: {units})",
            "{n} returns wait in quarantine (units: {units})",
            f["returns"],
            units=f["units"],
        ),
        mark("see `cloudstock show-returns --waiting`, and run `cloudstock receive-return`"),
        "/returns",
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("away", "finding"),
        "SELECT a.name AS account, w.units, w.old, w.old = 0 AS notable,"
        f" {AWAITED.days} AS days"
        f" {_ACCOUNTS} CROSS JOIN (SELECT account_id, sum(units) AS units,"
        " sum(iif(cancelled_at < :awaited_since, units, 0)) AS old FROM away GROUP BY account_id) w"
        " ON w.account_id = a.id",
        sentences.away,
        mark(
            "see `cloudstock show-orders --away`. What comes with a return ends by itself; what"
            " came without one: count the product; then, and for what never comes, run"
            " `cloudstock close-order`"
        ),
        "/orders?only=away",
    ),
    Kind(
        mark("pending", "finding"),
        # Where rounds go on, the next one does it; where no push has ended well for long, buyers
        # see numbers of that time.
        # Where the last push failed, that is what people are told.
        "SELECT account, subject, count, pushed_at, recent, recent AS notable,"
        " NOT recent AND coalesce((SELECT x.ok FROM run x WHERE x.account_id = subject"
        " AND x.job = 'push' ORDER BY x.id DESC LIMIT 1), 1) AS opens"
        " FROM (SELECT *, coalesce(pushed_at, first_at, :now) >= :fresh_since AS recent FROM"
        " (SELECT a.name AS account, a.id AS subject, count(*) AS count,"
        " (SELECT r.ended_at FROM run r INDEXED BY run_success WHERE r.account_id = a.id"
        " AND r.job = 'push' AND r.ok ORDER BY r.id DESC LIMIT 1) AS pushed_at,"
        " (SELECT c.first_at FROM cursor c WHERE c.account_id = a.id AND c.job = 'orders')"
        f" AS first_at {_DIFFERS} AND NOT {_DIVIDED} GROUP BY a.id))",
        sentences.pending,
        mark("the next `cloudstock push-stocks` does it"),
        event="failed",
        passes=True,
        over=mark("numbers are sent again, after trouble since {opened_at}"),
        severity=Severity.URGENT,
        settles=True,
    ),
    Kind(
        mark("waiting", "finding"),
        "SELECT a.name AS account, count(*) AS count,"
        " json_group_array(DISTINCT v.waits_for) AS others, iif(max(v.waits_until IS NULL AND"
        " v.waits_for IS NOT NULL), NULL, max(v.waits_until)) AS until_at, min((SELECT p.sku"
        " FROM component c CROSS JOIN product p ON p.id = c.product_id"
        f" WHERE c.listing_id = v.listing_id)) AS sku {_ACCOUNTS} CROSS JOIN listing_stock x"
        " INDEXED BY listing_stock_differs ON x.differs AND x.account_id = a.id"
        " CROSS JOIN waiting_listing v ON v.listing_id = x.listing_id"
        " AND v.external_warehouse = x.external_warehouse GROUP BY a.id",
        sentences.waiting,
        lambda f: tr(
            "it goes on by itself; `cloudstock explain {sku}` tells how, and `cloudstock set-policy"
            " --help` which other ways there are",
            sku=quote(f["sku"]),
        ),
        severity=Severity.NOTABLE,
        settles=True,
    ),
    Kind(
        mark("closed", "finding"),
        "SELECT a.name AS account, iif(w.whole, NULL, w.closed) AS warehouses, w.whole AND (SELECT"
        " count(*) FROM json_each(:configured)) = 1 AS alone, (SELECT count(*) FROM open_order o"
        " WHERE o.account_id = a.id AND (w.whole OR EXISTS (SELECT 1 FROM account_warehouse c WHERE"
        " c.account_id = a.id AND c.external_warehouse = o.external_warehouse AND c.closed_at IS"
        f" NOT NULL))) AS orders {_ACCOUNTS} CROSS JOIN (SELECT w.account_id, count(*) ="
        " count(w.closed_at) AS whole, group_concat(iif(w.closed_at IS NULL, NULL,"
        " w.external_warehouse), ', ') AS closed FROM account_warehouse w GROUP BY w.account_id"
        " HAVING count(w.closed_at) > 0) w ON w.account_id = a.id",
        sentences.closed,
        sentences.closed_advice,
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("quick change", "finding"),
        "SELECT x.product_id || ':' || x.warehouse_id AS subject, p.sku, w.name AS warehouse,"
        " x.units, x.began_at FROM quota_excess x INDEXED BY quota_excess_open"
        " CROSS JOIN product p ON p.id = x.product_id"
        " CROSS JOIN warehouse w ON w.id = x.warehouse_id WHERE x.ended_at IS NULL",
        lambda f: trn(
            "{sku} is divided quickly in {warehouse} since {began_at}: until the"
            " orders of all its listings are read, {n} unit may be sold twice at most",
            "{sku} is divided quickly in {warehouse} since {began_at}: until the"
            " orders of all its listings are read, {n} units may be sold twice at most",
            f["units"],
            **f,
        ),
        mark("`cloudstock sync` reads them"),
        severity=Severity.NOTABLE,
        settles=True,
        order=("sku", "warehouse"),
    ),
    Kind(
        mark("oversold", "finding"),
        "SELECT product_id || ':' || warehouse_id AS subject, sku, warehouse, reserved, on_hand,"
        " oversold FROM stock_level WHERE oversold > 0",
        mark("{sku} is oversold in {warehouse}: {reserved} promised, {on_hand} on hand"),
        mark("count it, or cancel an order"),
        "/products?only=oversold",
        event="oversold",
        many=True,
        over=mark("{sku} is no longer oversold in {warehouse}"),
        order=("sku", "warehouse"),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("sold out", "finding"),
        f"SELECT r.product_id AS subject, p.sku, r.sold {_SUPPLY} 'sold_out'",
        lambda f: trn(
            "{sku} is sold out; {n} was sold in 30 days",
            "{sku} is sold out; {n} were sold in 30 days",
            f["sold"],
            sku=f["sku"],
        ),
        _order_more,
        "/products?only=sold-out",
        event="sold-out",
        many=True,
        over=mark("{sku} is available again"),
        order=("sold DESC", "sku"),
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("low", "finding"),
        "SELECT r.product_id AS subject, p.sku, r.available, r.minimum, r.per_day, r.lasts_days"
        f" {_SUPPLY} 'low'",
        sentences.low,
        _order_more,
        "/products?only=low",
        event="low",
        many=True,
        order=("lasts_days", "sku"),
        severity=Severity.NOTABLE,
    ),
    Kind(
        mark("not configured", "finding"),
        "SELECT a.name AS account, a.id || coalesce(':' || warehouse, '') AS subject, warehouse,"
        " count(*) AS count, sum(last_shown) AS shown FROM (SELECT account_id, last_shown,"
        " iif((SELECT name FROM account WHERE id = account_id) IN (SELECT value FROM"
        " json_each(:configured)), external_warehouse, NULL) AS warehouse FROM"
        f" ({_NOT_CONFIGURED}) AS unmanaged_listing) AS unmanaged_listing"
        " JOIN account a ON a.id = account_id GROUP BY a.id, warehouse",
        sentences.not_configured,
        sentences.not_configured_advice,
        event="unmanaged",
        passes=True,
        order=("account", "subject"),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("old copy", "finding"),
        "SELECT 'copy' AS subject, value ->> '$.last_at' AS last_at, value ->> '$.found_at'"
        f" AS found_at FROM fact WHERE name = '{OLD_COPY}' AND NOT EXISTS"
        " (SELECT 1 FROM count WHERE id > value ->> '$.counts')",
        mark(
            "the database is an old copy, of {last_at}: what people counted,"
            " corrected, received or linked from then until {found_at} is not"
            " in it; orders and returns are read again, and every number is sent anew"
        ),
        mark(
            "count again what was counted since then (`cloudstock set-stock`, `cloudstock"
            " import-stock`); the first count ends this"
        ),
        event="failed",
        order=("found_at",),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("stale source", "finding"),
        "SELECT 'source ' || j.key AS subject, j.key AS source, s.written_at"
        " FROM json_each(:sources) j LEFT JOIN source s ON s.name = j.key"
        " WHERE coalesce(s.written_at, '') < j.value",
        _stale_source,
        mark(
            "look why no newer file comes; `cloudstock import-stock --source {source}` takes it,"
            " and says what is wrong with it"
        ),
        event="failed",
        order=("source",),
        severity=Severity.URGENT,
    ),
    Kind(
        mark("forgotten account", "finding"),
        "SELECT a.name AS account, a.id AS subject, count(*) AS count,"
        " total((SELECT sum(x.reserved) FROM order_line l JOIN allocation x"
        " ON x.order_line_id = l.id WHERE l.orders_id = o.id)) AS units"
        " FROM account a CROSS JOIN open_order o ON o.account_id = a.id"
        " WHERE a.name NOT IN (SELECT value FROM json_each(:configured)) GROUP BY a.id",
        lambda f: trn(
            "is not configured any more, but {n} of its orders is open and holds {units:.0f} for"
            " ever",
            "is not configured any more, but {n} of its orders are open and hold {units:.0f} for"
            " ever",
            f["count"],
            **f,
        ),
        mark(
            "configure it again until they end; if nobody can, `cloudstock close-account {account}"
            " --without-push --release-orders` ends them"
        ),
        event="unmanaged",
        passes=True,
        severity=Severity.URGENT,
    ),
)
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(name: str) -> Kind:
    """Return a kind by its name."""
    return _BY_NAME[name]
