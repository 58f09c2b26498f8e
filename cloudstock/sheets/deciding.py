"""What the rows of a sheet leave open, by the database: asked all at once, nothing is guessed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from cloudstock.changes import names
from cloudstock.changes.counts import HINTS
from cloudstock.language import tr, trn
from cloudstock.sheets.answers import OTHERS, SKIP
from cloudstock.sheets.cells import UNNAMED
from cloudstock.sheets.layout.records import SHEET_LINES, Quantity, Role
from cloudstock.sheets.matching import BY_BARCODE, Matching
from cloudstock.sheets.problems import quoted
from cloudstock.sheets.questions import About, Option, Question, settling
from cloudstock.store.views import did_you_mean, near_skus

# Of the rows that a question concerns, so many are shown.
SHOWN = 5
# Words and warehouses that are asked about one by one.
OPTIONS_MAX = 8


class Sheet(Matching):
    """A sheet whose rows are in `sheet.row`, while it is decided what they count."""

    def questions(self) -> list[Question]:
        """Find the products of rows, leave out what the user leaves out, and ask about the rest.

        What is passed over goes to `sheet.passed`.
        """
        questions: list[Question] = []
        # Nothing is odd about most sheets, however long.
        if self.is_cut or self.any(_ODD) or self.zeros():
            self.find_by_barcode()
            self.leave_titles()
            self.doubt()
            self.settle_doubts()
            # The last row may be one that is left out.
            questions += self._ask_cut()
            self.leave_out()
            questions += self._ask_warehouses()
            questions += self._ask_articles()
            questions += self._ask_quantities()
            questions += self._ask_hidden()
        self._sum_rows()
        return [*questions, *self._ask_twice()]

    def _question(
        self,
        about: About,
        heading: Callable[[int], str],
        condition: str,
        role: Role,
        *options: Option,
        evidence: str = "typed",
        words: Callable[[sqlite3.Row], str] | None = None,
    ) -> Iterator[Question]:
        """Ask about the rows of a condition; `evidence`: the column that is shown of each."""
        count = self.connection.execute(
            f"SELECT count(*) FROM sheet.row WHERE {condition}"
        ).fetchone()[0]
        if not count:
            return
        rows = self.connection.execute(
            f"SELECT line, typed, {_NAMED_BY} AS named_by, cell, doubt, theirs,"
            " (SELECT sku FROM product WHERE id = perhaps) AS perhaps,"
            f" {evidence} AS shown FROM sheet.row WHERE {condition} ORDER BY line LIMIT {SHOWN}"
        ).fetchall()
        lines = [f"{self.name}: {heading(count)}"]
        for row in rows:
            shown = words(row) if words is not None else quoted(row["shown"])
            lines.append(f"  {self.place(row['line'], role)}: {shown}")
        if count > len(rows):
            lines.append(f"  {tr('and {n} more', n=count - len(rows))}")
        yield Question(
            about,
            "\n".join(lines),
            tuple(r["line"] % SHEET_LINES for r in rows),
            count,
            tuple(options),
        )

    def _ask_cut(self) -> Iterator[Question]:
        if not self.is_cut or self.answers.doubtful is not None:
            return
        yield from self._question(
            About.CUT,
            lambda _: tr("the last line has no end, as if the file were cut there"),
            "line = (SELECT max(line) FROM sheet.row)",
            Role.QUANTITY,
            settling("doubtful", "as-written", tr("the file is whole")),
            settling("doubtful", SKIP, tr("skip that line")),
            words=lambda row: quoted(row["typed"]),
        )

    def _ask_warehouses(self) -> Iterator[Question]:
        theirs = self.connection.execute(
            "SELECT DISTINCT theirs FROM sheet.row WHERE theirs NOT IN ('', ?) LIMIT ?",
            (UNNAMED, OPTIONS_MAX),
        )
        ours = sorted(self.warehouses)
        named = []
        for (name,) in theirs:
            for one in ours[:OPTIONS_MAX]:
                words = tr("{theirs} is {warehouse}", theirs=quoted(name), warehouse=one)
                named.append(settling("warehouses", (name, one), words))
            words = tr("skip the rows of {theirs}", theirs=quoted(name))
            named.append(settling("warehouses", (name, SKIP), words))
        unnamed = (
            settling("warehouse", one, tr("these rows belong to {warehouse}", warehouse=one))
            for one in ours
        )
        yield from self._question(
            About.WAREHOUSE,
            lambda count: trn(
                "{n} row is for a warehouse that you do not have ({warehouses})",
                "{n} rows are for warehouses that you do not have ({warehouses})",
                count,
                warehouses=", ".join(ours),
            ),
            f"theirs NOT IN ('', '{UNNAMED}')",
            Role.WAREHOUSE,
            *named,
            evidence="theirs",
            words=lambda row: str(names.warehouse_trouble(row["theirs"], self.warehouses)),
        )
        yield from self._question(
            About.WAREHOUSE,
            lambda _: str(names.warehouse_trouble(None, self.warehouses)),
            f"theirs = '{UNNAMED}'",
            Role.SKU,
            *unnamed,
        )

    def _ask_articles(self) -> Iterator[Question]:
        skip = settling("skip_unknown", True, tr("skip rows of products that you do not have"))
        key = Role.BARCODE if self.by_barcode else Role.SKU
        nameless = f"product_id IS NULL AND doubt = '' AND {_NAMED_BY} = ''"
        unknown = f"product_id IS NULL AND doubt = '' AND {_NAMED_BY} <> ''"
        yield from self._question(
            About.SKU,
            lambda count: trn(
                "{n} row has no article; expected the product's article",
                "{n} rows have no article; expected the product's article",
                count,
            ),
            nameless,
            key,
            skip,
            words=lambda _: tr("is empty"),
        )
        doubtful = [
            settling("doubtful", SKIP),
            settling("doubtful", "as-perhaps"),
            settling("doubtful", "as-written"),
        ]
        yield from self._question(
            About.SKU,
            lambda count: trn(
                "{n} article may not be what was meant",
                "{n} articles may not be what was meant",
                count,
            ),
            "doubt <> ''",
            key,
            *doubtful,
            words=_doubt_words,
        )
        if self.any("doubt <> ''"):
            # They name nothing, and are not taken for barcodes.
            yield from self._question(
                About.BARCODE,
                lambda count: trn(
                    "{n} barcode was shortened by a spreadsheet and is not one any more",
                    "{n} barcodes were shortened by a spreadsheet and are not ones any more",
                    count,
                ),
                "barcodes LIKE '%E+%'",
                Role.BARCODE,
                *doubtful,
                evidence="barcodes ->> '$[0]'",
            )
        if self.answers.key is None and not self.by_barcode:
            yield from self._question(
                About.SKU,
                lambda count: trn(
                    "{n} row has the barcode of a product, and not its article",
                    "{n} rows have the barcodes of products, and not their articles",
                    count,
                ),
                "by_barcode",
                key,
                settling("key", "barcode"),
                settling("key", "sku"),
                evidence="(SELECT sku FROM product WHERE id = product_id)",
                words=lambda row: tr(
                    "{typed}, with the barcode of {sku}",
                    typed=quoted(row["typed"]),
                    sku=quoted(row["shown"]),
                ),
            )
        ambiguous = f"{unknown} AND line IN (SELECT r.line {BY_BARCODE} WHERE r.product_id IS NULL)"
        if self.has_barcodes:
            yield from self._question(
                About.BARCODE,
                lambda count: trn(
                    "{n} row has a barcode of several products; give the article",
                    "{n} rows have barcodes of several products; give the articles",
                    count,
                ),
                ambiguous,
                Role.BARCODE,
                skip,
                words=lambda row: quoted(row["named_by"]),
            )
            unknown = f"{unknown} AND NOT ({ambiguous})"
        shown = iter(range(HINTS))
        yield from self._question(
            About.UNKNOWN,
            lambda count: trn(
                "{n} row names a product that you do not have",
                "{n} rows name products that you do not have",
                count,
            ),
            unknown,
            key,
            skip,
            words=lambda row: self._unknown(row, hint=next(shown, None) is not None),
        )

    def _unknown(self, row: sqlite3.Row, *, hint: bool) -> str:
        if self.by_barcode:
            return tr("there is no product with the barcode {barcode}", barcode=row["named_by"])
        near = near_skus(self.connection, row["typed"]) if hint else ()
        return tr(
            "there is no product {typed}{hint}",
            typed=quoted(row["named_by"]),
            hint=did_you_mean(near) if hint else "",
        )

    def _ask_quantities(self) -> Iterator[Question]:
        if Role.QUANTITY not in self.layout.columns:
            # Which column it is, is asked already.
            return
        # What was never counted stays so in a sheet of ours.
        uncounted = f" AND {_COUNTED}" if self.layout.plain else ""
        for kind, heading, options in (
            (
                Quantity.EMPTY,
                lambda count: trn(
                    "{n} row has no quantity; expected a whole number",
                    "{n} rows have no quantity; expected a whole number",
                    count,
                ),
                [settling("empty", "zero"), settling("empty", SKIP)],
            ),
            (
                Quantity.AT_LEAST,
                lambda count: trn(
                    "{n} row gives only a lower bound",
                    "{n} rows give only a lower bound",
                    count,
                ),
                [settling("more_than", "floor"), settling("more_than", SKIP)],
            ),
            (
                Quantity.WORD,
                lambda count: trn(
                    "{n} row has something else in place of a quantity",
                    "{n} rows have something else in place of a quantity",
                    count,
                ),
                self._words(),
            ),
            (
                Quantity.FRACTION,
                lambda count: trn(
                    "{n} quantity is a fraction", "{n} quantities are fractions", count
                ),
                [settling("fraction", SKIP)],
            ),
            (
                Quantity.BELOW_ZERO,
                lambda count: trn(
                    "{n} quantity is below zero", "{n} quantities are below zero", count
                ),
                [settling("below_zero", "zero"), settling("below_zero", SKIP)],
            ),
            (
                Quantity.FORMULA,
                lambda count: trn(
                    "{n} quantity is a formula whose value the file does not have; open it in a"
                    " spreadsheet and save it",
                    "{n} quantities are formulas whose values the file does not have; open it in a"
                    " spreadsheet and save it",
                    count,
                ),
                [],
            ),
        ):
            condition = f"kind = '{kind.value}'{uncounted if kind is Quantity.EMPTY else ''}"
            words = (lambda _: tr("is empty")) if kind is Quantity.EMPTY else None
            yield from self._question(
                About(kind),
                heading,
                condition,
                Role.QUANTITY,
                *options,
                evidence="cell",
                words=words,
            )

    def _words(self) -> list[Option]:
        """Return what each word in place of a quantity may count."""
        rows = self.connection.execute(
            "SELECT cell, min(line) FROM sheet.row WHERE kind = 'word' GROUP BY cell"
            " ORDER BY 2 LIMIT ?",
            (OPTIONS_MAX,),
        )
        options = []
        for cell in (" ".join(r[0].split()) for r in rows):
            words = tr("{word} is 0, or another number", word=quoted(cell))
            options.append(settling("words", (cell, "0"), words))
        words = tr("skip rows with any word")
        return [*options, settling("words", (OTHERS, SKIP), words)]

    def _ask_hidden(self) -> Iterator[Question]:
        yield from self._question(
            About.HIDDEN,
            lambda count: trn("{n} row is hidden", "{n} rows are hidden", count),
            "hidden",
            Role.SKU if Role.SKU in self.layout.columns else Role.BARCODE,
            settling("hidden", "count"),
            settling("hidden", SKIP),
            evidence=_NAMED_BY,
        )

    # ---------------------------------------------------------------- rows of one product

    def _sum_rows(self) -> None:
        """Add up rows of one product and warehouse, where the user says so."""
        db = self.connection
        # With the quantity, so that what is counted is read from it in the order of products.
        db.execute("CREATE INDEX sheet.row_place ON row (warehouse, product_id, quantity)")
        if not self.answers.sum_rows:
            return
        db.execute(
            "CREATE TABLE sheet.total AS SELECT min(line) AS line, warehouse, product_id,"
            f" sum(quantity) AS quantity FROM sheet.row WHERE {_DECIDED}"
            " GROUP BY warehouse, product_id HAVING count(*) > 1"
        )
        db.execute(
            "DELETE FROM sheet.row WHERE line IN (SELECT r.line FROM sheet.total t"
            " CROSS JOIN sheet.row r ON r.warehouse = t.warehouse"
            " AND r.product_id = t.product_id AND r.line > t.line)"
        )
        db.execute(
            "UPDATE sheet.row SET quantity = t.quantity FROM total t WHERE t.line = row.line"
        )

    def _ask_twice(self) -> Iterator[Question]:
        twice = (
            "line IN (SELECT r.line FROM (SELECT warehouse, product_id FROM sheet.row"
            f" WHERE {_DECIDED} GROUP BY warehouse, product_id HAVING count(*) > 1) AS twice"
            " CROSS JOIN sheet.row r ON r.warehouse = twice.warehouse"
            " AND r.product_id = twice.product_id)"
        )
        if self.any("theirs <> ''"):
            twice += (
                " OR line IN (SELECT r.line FROM sheet.row r WHERE r.theirs <> ''"
                " AND r.product_id IS NOT NULL AND EXISTS (SELECT 1 FROM sheet.row o"
                " WHERE o.warehouse = '' AND o.product_id = r.product_id"
                " AND o.theirs = r.theirs AND o.line <> r.line))"
            )
        yield from self._question(
            About.TWICE,
            lambda count: trn(
                "{n} row names a product and warehouse of another row; expected one row for each"
                " product and warehouse",
                "{n} rows name a product and warehouse of another row; expected one row for each"
                " product and warehouse",
                count,
            ),
            twice,
            Role.BARCODE if self.by_barcode else Role.SKU,
            settling("sum_rows", True, tr("add them up")),
            evidence=(
                f"(SELECT {_NAMED_BY} || ' (' || warehouse || '): '"
                " || coalesce(quantity, cell, ''))"
            ),
            words=lambda row: str(row["shown"]),
        )


_NAMED_BY = "(SELECT coalesce(nullif(typed, ''), barcodes ->> '$[0]', ''))"
_DECIDED = "product_id IS NOT NULL AND warehouse <> ''"
_ODD = (
    "kind <> '' OR product_id IS NULL OR doubt <> '' OR theirs <> '' OR left_out <> '' OR hidden"
    " OR titled"
)
_COUNTED = (
    "NOT untouched AND EXISTS (SELECT 1 FROM warehouse w CROSS JOIN stock s"
    " ON s.product_id = row.product_id AND s.warehouse_id = w.id"
    " WHERE w.name = row.warehouse AND s.on_hand IS NOT NULL)"
)


def _doubt_words(row: sqlite3.Row) -> str:
    if row["perhaps"] is None:
        return f"{quoted(row['named_by'])}: {row['doubt']}"
    perhaps = tr("{sku} may be meant", sku=quoted(row["perhaps"]))
    return f"{quoted(row['named_by'])}: {row['doubt']}; {perhaps}"
