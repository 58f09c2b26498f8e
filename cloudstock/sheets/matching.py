"""Which products the rows of a sheet mean, by the database: doubts, and what is left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cloudstock.language import tr
from cloudstock.sheets.answers import SKIP, Answers
from cloudstock.sheets.cells import UNKNOWN
from cloudstock.sheets.damage import WITH_ZEROS, restored
from cloudstock.sheets.layout.records import Layout, Role

# Articles that a spreadsheet made a date or a power of, which are looked for among products.
RESTORED_MAX = 10_000
DOUBTFUL = "doubtful"

# Rows with barcodes and the products that have them.
BY_BARCODE = (
    "FROM sheet.row r CROSS JOIN json_each(r.barcodes) j"
    " CROSS JOIN product_barcode b ON b.barcode = j.value"
)


@dataclass(frozen=True, slots=True)
class Matching:
    """A sheet whose rows are in `sheet.row`, while it is found which products they mean."""

    connection: sqlite3.Connection
    name: str
    layout: Layout
    answers: Answers
    place: Callable[[int, Role | int], str]
    # Those that may be counted.
    warehouses: Collection[str]
    # A cell proves that a spreadsheet changed articles.
    damaged: bool = False
    # See `Document`.
    open_column: int | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the file may end before its end, and what is lost then would be counted.

        Some programs never end the last line: what matters is whether a cell that is read may be
        shorter than it was, or a product that is not there counts zero.
        """
        if self.open_column is None:
            return False
        read = max((column.index for column in self.layout.columns.values()), default=0)
        return self.answers.missing == "zero" or read >= self.open_column

    @property
    def by_barcode(self) -> bool:
        """Whether rows are found by their barcodes alone."""
        named = self.answers.key or self.layout.key.value
        return named == Role.BARCODE or Role.SKU not in self.layout.columns

    @property
    def has_barcodes(self) -> bool:
        """Whether a barcode may name the product of a row."""
        return Role.BARCODE in self.layout.columns and self.answers.key != Role.SKU

    def find_by_barcode(self) -> None:
        """Find the products of rows whose article is none, by barcodes of one product."""
        if not self.has_barcodes:
            return
        self.connection.execute(
            "UPDATE sheet.row SET product_id = found.id, by_barcode = 1 FROM"
            f" (SELECT r.line, min(b.product_id) AS id {BY_BARCODE} WHERE r.product_id IS NULL"
            " AND r.doubt = '' GROUP BY r.line HAVING count(DISTINCT b.product_id) = 1) AS found"
            " WHERE found.line = row.line"
        )

    def leave_titles(self) -> None:
        """Take titles of groups, which no product is called, for what they are."""
        self.connection.execute("DELETE FROM sheet.row WHERE titled AND product_id IS NULL")
        self.connection.execute(
            "UPDATE sheet.row SET doubt = ? WHERE titled AND doubt = ''",
            (tr("the row looks like the title of a group"),),
        )

    def doubt(self) -> None:
        """Find out which articles may not be what was meant, and what may be."""
        db = self.connection
        if self.by_barcode:
            return
        twins = 0
        if self.zeros():
            lost = self.damaged or self._zeros_lost()
            twins = db.execute(
                "UPDATE sheet.row SET perhaps = iif(z.count = 1, z.id, NULL),"
                " doubt = iif(doubt = '', ?, doubt) FROM zeros z"
                " WHERE z.plain = row.typed AND (row.doubt <> '' OR ?)",
                (tr("a spreadsheet takes zeros off what it thinks a number"), lost),
            ).rowcount
        if not twins and not self.any("doubt <> ''"):
            return
        # What is exactly a product's article, and no other's without its zeros, is no riddle.
        db.execute(
            "UPDATE sheet.row SET doubt = '' WHERE doubt <> '' AND NOT titled"
            " AND product_id IS NOT NULL AND typed NOT IN (SELECT plain FROM sheet.zeros)"
        )
        if self.has_barcodes:
            db.execute(
                "UPDATE sheet.row SET perhaps = found.id FROM (SELECT r.line, min(b.product_id)"
                f" AS id {BY_BARCODE} WHERE r.doubt <> '' GROUP BY r.line"
                " HAVING count(DISTINCT b.product_id) = 1) AS found WHERE found.line = row.line"
            )
        self._restore()

    def zeros(self) -> bool:
        """Gather the products whose articles are numbers with zeros before; tell if any are."""
        db = self.connection
        db.execute("CREATE TABLE IF NOT EXISTS sheet.zeros (plain PRIMARY KEY, id, count)")
        db.execute(
            "INSERT OR IGNORE INTO sheet.zeros SELECT ltrim(sku, '0'), min(id), count(*)"
            f" FROM product WHERE {WITH_ZEROS} GROUP BY 1"
        )
        return bool(db.execute("SELECT EXISTS (SELECT 1 FROM sheet.zeros)").fetchone()[0])

    def _zeros_lost(self) -> bool:
        """Tell whether rows show that zeros before numbers are gone: a product has them still."""
        return self.any(
            "product_id IS NULL AND typed IN (SELECT plain FROM sheet.zeros)"
        ) and not self.any("typed >= '0' AND typed < '1' AND typed NOT GLOB '*[^0-9]*'")

    def _restore(self) -> None:
        """Look for the products whose articles spreadsheets made dates and powers of."""
        db = self.connection
        rows = db.execute(
            "SELECT line, typed FROM sheet.row WHERE doubt <> '' AND perhaps IS NULL"
            " AND product_id IS NULL ORDER BY line LIMIT ?",
            (RESTORED_MAX,),
        ).fetchall()
        for line, typed in rows:
            articles = sorted(restored(typed))
            marks = ", ".join("?" * len(articles))
            products = db.execute(
                f"SELECT id FROM product WHERE sku IN ({marks}) LIMIT 2", articles
            ).fetchall()
            if len(products) == 1:
                db.execute(
                    "UPDATE sheet.row SET perhaps = ? WHERE line = ?", (products[0][0], line)
                )

    def settle_doubts(self) -> None:
        """Do with doubtful articles what the user says."""
        answer, db = self.answers.doubtful, self.connection
        if answer == "as-written":
            db.execute("UPDATE sheet.row SET doubt = '' WHERE doubt <> ''")
            if self.has_barcodes:
                self.find_by_barcode()
        elif answer == "as-perhaps":
            db.execute(
                "UPDATE sheet.row SET doubt = '', product_id = perhaps"
                " WHERE doubt <> '' AND perhaps IS NOT NULL"
            )
        if answer in (SKIP, "as-perhaps"):
            db.execute("UPDATE sheet.row SET left_out = ? WHERE doubt <> ''", (DOUBTFUL,))
        if answer == SKIP and self.is_cut:
            db.execute(
                "UPDATE sheet.row SET left_out = ? WHERE line = (SELECT max(line) FROM sheet.row)",
                (DOUBTFUL,),
            )

    def leave_out(self) -> None:
        """Take out of the rows what the user leaves out; it still names its product."""
        db = self.connection
        if self.answers.skip_unknown:
            db.execute(
                "UPDATE sheet.row SET left_out = ? WHERE product_id IS NULL AND left_out = ''"
                " AND (doubt = '' OR perhaps IS NULL)",
                (UNKNOWN,),
            )
        moved = db.execute(
            "INSERT INTO sheet.passed (product_id, warehouse, why)"
            " SELECT product_id, warehouse, left_out FROM sheet.row"
            " WHERE left_out <> ''"
        ).rowcount
        if moved:
            db.execute("DELETE FROM sheet.row WHERE left_out <> ''")

    def any(self, condition: str) -> bool:
        """Tell whether there are rows of a condition."""
        row = self.connection.execute(
            f"SELECT EXISTS (SELECT 1 FROM sheet.row WHERE {condition})"
        ).fetchone()
        return bool(row[0])
