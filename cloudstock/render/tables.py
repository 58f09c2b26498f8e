"""Tables: rich's at a terminal, plain lines in a pipe; written as the rows come.

The first block of rows decides how wide the columns are: neither a list of a million products nor
rich's millisecond a row is anything to wait for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from cloudstock.language import tr
from cloudstock.render.console import Styled, printed, rich_text, takes_unicode, width
from cloudstock.render.text import is_ordinary, strip_controls, zone

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

# Rows that are looked at before the first is written.
BLOCK = 500
GAP = "  "
# Columns that fold are not folded into less, nor into less than their title.
FOLDED_MIN = 6
# In less than this a name is no longer read with ease.
ROOMY = 10

Row = Sequence[str]


class Column(NamedTuple):
    """A column and how it behaves where room is short."""

    # A line break stacks it at a terminal.
    title: str
    # Right aligned. A line break in a cell stacks it at a terminal.
    number: bool = False
    # Words, which go on in the next line.
    folds: bool = False
    # Words of which a terminal shows as many as there is room for.
    cuts: bool = False
    # Left out where words had no room beside it that they are read with ease in.
    spare: bool = False


def table(
    columns: Sequence[Column], rows: Iterable[Row], *, empty: str = "", now: datetime | None = None
) -> Iterator[str]:
    """Yield a table as the rows come; nothing, or `empty`, where there are none.

    A cell is text from anywhere, `Styled` where it has a colour. `now`: times are in it, so the
    zone is told below.
    """
    source = iter(rows)
    block = list(islice(source, BLOCK))
    if not block:
        if empty:
            yield f"{empty}\n"
        return
    widths, room = _natural(columns, block), width()
    flat = [c._replace(title=_on_one_line(c.title)) for c in columns]
    if room is not None and _total(on_one := _natural(flat, block)) <= room:
        columns, widths = flat, on_one
    rows = chain(block, source)
    kept = [i for i, c in enumerate(columns) if not c.spare]
    crowded = room is not None and _total(_least(columns, widths, ROOMY)) > room
    if crowded and len(kept) < len(columns):
        fewer = ([row[i] for i in kept] for row in rows)
        yield from table([columns[i] for i in kept], fewer, now=now)
        return
    if room is not None and _total(_least(columns, widths)) > room:
        yield from _below_one_another(flat, rows)
    elif room is None:
        yield _line(columns, widths, [_on_one_line(c.title) for c in columns])
        yield from (_line(columns, widths, row) for row in rows)
    else:
        # Of what is still to come some is longer.
        widths, heading = _laid_out(columns, widths, room if len(block) == BLOCK else 0)
        yield heading
        rows = (_cut(columns, widths, row) for row in rows)
        for fits, some in groupby(rows, lambda row: _fits(widths, row)):
            while part := list(islice(some, BLOCK)):
                if fits:
                    yield "".join(_line(columns, widths, row) for row in part)
                else:
                    yield printed(_grid(columns, widths, part))
    if now is not None:
        yield "\n" + tr("Times are {zone}.", zone=zone(now)) + "\n"


def _least(columns: Sequence[Column], widths: Sequence[int], least: int = FOLDED_MIN) -> list[int]:
    """Return how wide each column is at the least: words may be folded, numbers may not."""
    return [min(n, least) if c.folds or c.cuts else n for c, n in zip(columns, widths, strict=True)]


def have_room(columns: Sequence[Column], rows: Iterable[Row]) -> bool:
    """Tell whether the rows fit the terminal with words in columns that are read with ease."""
    room = width()
    return room is None or _total(_least(columns, _natural(columns, rows), ROOMY)) <= room


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _cut(columns: Sequence[Column], widths: Sequence[int], row: Row) -> Row:
    """Return a row whose words end where their column does."""
    if not any(c.cuts and len(text) > n for c, n, text in zip(columns, widths, row, strict=True)):
        return row
    from rich.cells import set_cell_size

    return [
        f"{set_cell_size(strip_controls(text), n - 1)}\N{HORIZONTAL ELLIPSIS}"
        if c.cuts and _cells(text) > n
        else text
        for c, n, text in zip(columns, widths, row, strict=True)
    ]


def _on_one_line(title: str) -> str:
    return title.replace("-\n", "").replace("\n", " ")


def _cells(text: str) -> int:
    """Return how wide a terminal shows a text, in its widest line."""
    if is_ordinary(text):
        return len(text)
    from rich.cells import cell_len

    return max(cell_len(strip_controls(line)) for line in text.split("\n"))


def _natural(columns: Sequence[Column], rows: Iterable[Row]) -> list[int]:
    """Return how wide each column would be if there were room for all of it."""
    piped = width() is None
    widths = [_cells(_on_one_line(c.title) if piped else c.title) for c in columns]
    for i, cells in enumerate(zip(*rows, strict=True)):
        # One look at all of a column: most are of ordinary characters only.
        plain = is_ordinary("".join(cells))
        widths[i] = max(widths[i], *map(len if plain else _cells, cells))
    return widths


def _line(columns: Sequence[Column], widths: Sequence[int], row: Row) -> str:
    """Return a row as one line, nothing cut: what is too wide moves the rest."""
    if is_ordinary("".join(row)):
        cells = [
            text.rjust(room) if column.number else text.ljust(room)
            for column, room, text in zip(columns, widths, row, strict=True)
        ]
    else:
        cells = []
        for column, room, text in zip(columns, widths, map(strip_controls, row), strict=True):
            blank = " " * (room - _cells(text))
            cells.append(blank + text if column.number else text + blank)
    return GAP.join(cells).rstrip() + "\n"


# ---------------------------------------------------------------- at a terminal


def _below_one_another(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[str]:
    """Yield the cells of each row as a paragraph, for terminals that have no room for columns."""
    from rich.padding import Padding
    from rich.text import Text

    for first, *cells in rows:
        if first:
            yield printed(rich_text(first))
        named = [
            Text.assemble(f"{c.title} " if c.title else "", rich_text(cell))
            for c, cell in zip(columns[1:], cells, strict=True)
            if cell
        ]
        yield printed(Padding(Text(", ").join(named), (0, 0, 0, len(GAP))))


class _Title:
    """The title of a column, which is told how wide rich makes it."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.width = 0

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return self.text.__rich_measure__(console, options)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        self.width = options.max_width
        yield self.text


def _laid_out(
    columns: Sequence[Column], natural: Sequence[int], room: int
) -> tuple[list[int], str]:
    """Return how wide rich makes columns so that all fit, and the heading.

    What is left of `room` is given to columns that fold.
    """
    from rich.text import Text

    titles = [_Title(Text(c.title)) for c in columns]
    printed(_grid(columns, natural, [["x" * n for n in natural]], titles, laid_out=False))
    # Where numbers alone are wider than the terminal, rich leaves no room for words.
    widths = [max(t.width, min(n, FOLDED_MIN)) for t, n in zip(titles, natural, strict=True)]
    folding = [i for i, column in enumerate(columns) if column.folds or column.cuts]
    least = _least(columns, natural)
    # Rich takes too much off one column, and gives it back to its title beyond the terminal.
    for _ in range(_total(widths) - (width() or 0)):
        widest = max(folding, key=lambda i: (widths[i] > _cells(columns[i].title), widths[i]))
        widths[widest] = max(least[widest], widths[widest] - 1)
    left = room - _total(widths)
    for i in folding:
        widths[i] += max(0, left) // len(folding)
    return widths, printed(_grid(columns, widths, (), titles))


def _grid(
    columns: Sequence[Column],
    widths: Sequence[int],
    rows: Iterable[Row],
    titles: Sequence[_Title] | None = None,
    *,
    laid_out: bool = True,
) -> Table:
    """Return a table of rich's; `laid_out`: of these widths, else of these at most."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    lines = takes_unicode()
    # A title is folded where nothing else helps.
    titled = [max(FOLDED_MIN, _cells(column.title)) for column in columns]
    least = [_least([c], [n], t)[0] for c, n, t in zip(columns, widths, titled, strict=True)]
    if _total(least) > (width() or 0):
        titled = [FOLDED_MIN] * len(columns)
    grid = Table(
        box=SIMPLE_HEAD if lines else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if lines else 2, 0, 0),
        # Wider than the terminal where numbers need it: they are neither folded nor cut.
        width=_total(widths) if laid_out else None,
        show_header=titles is not None,
        header_style="bold",
    )
    for n, (column, room) in enumerate(zip(columns, widths, strict=True)):
        flexible = column.folds or column.cuts
        grid.add_column(
            "" if titles is None else titles[n],
            justify="right" if column.number else "left",
            width=room if laid_out else None,
            min_width=min(room, titled[n]) if flexible else room,
            no_wrap=not flexible,
            overflow="fold",
            vertical="top",
        )
    for row in rows:
        cells = zip(columns, row, strict=True)
        grid.add_row(*(rich_text(text, stacked=column.number) for column, text in cells))
    return grid


def _fits(widths: Sequence[int], row: Row) -> bool:
    """Tell whether a row needs nothing of rich: one plain line, no cell wider than its column."""
    return not any(
        isinstance(text, Styled) or "\n" in text or _cells(text) > room
        for text, room in zip(row, widths, strict=True)
    )
