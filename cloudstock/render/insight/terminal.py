"""report for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cloudstock.language import tr
from cloudstock.language.local import short_day, whole
from cloudstock.render.console import Styled, paragraph, takes_unicode, width
from cloudstock.render.insight.model import Cell, Chart, Figure, Section
from cloudstock.render.insight.sections import figures, made, period, sections
from cloudstock.render.tables import Column, table
from cloudstock.store.views.insight import Insight

BLOCKS = " ▁▂▃▄▅▆▇█"
MARKS = {"bad": ("!", "wrong"), "worth": ("", "notable"), "": ("", "")}


def insight_text(report: Insight) -> Iterator[str]:
    """Yield the report."""
    yield f"{period(report)}; {made(report)}\n\n"
    yield from table(
        (Column(tr("In short")), Column("", number=True), Column("")),
        [(f.title, _marked(f), f.note) for f in figures(report)],
    )
    for section in sections(report):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"\n{section.title.upper()}\n"
    if not section.rows:
        yield f"  {section.empty}\n"
        return
    if isinstance(section.chart, Chart):
        yield from _chart(section.chart)
    columns = [Column(h.title, number=h.number, folds=not h.number) for h in section.headings]
    yield from table(columns, [list(map(_marked, row)) for row in section.rows])
    yield from map(paragraph, section.notes)


def _marked(what: Cell | Figure) -> str:
    mark, style = MARKS[what.tone]
    text = what.value if isinstance(what, Figure) else what.text
    return Styled(text + mark, style) if style else text


def _chart(chart: Chart) -> Iterator[str]:
    """Yield a line of blocks, a day each, of all accounts together."""
    if not takes_unicode():
        return
    totals = [sum(units) for units in zip(*(u for _, u in chart.series), strict=True)]
    most = max(totals)
    room = max(10, min(width() or 100, 100))
    newest, dates = totals[-room:], chart.dates[-room:]
    line = "".join(BLOCKS[-(-n * (len(BLOCKS) - 1) // most)] for n in newest)
    yield f"{line}\n"
    first, last = (short_day(date.fromisoformat(d)) for d in (dates[0], dates[-1]))
    ends = (
        f"{first}{last:>{max(len(last) + 1, len(line) - len(first))}}" if len(dates) > 1 else first
    )
    yield f"{ends}  {tr('units a day, {most} at most', most=whole(most))}\n\n"
