"""report as one page that needs nothing else: no network, no script, no font.

Its policy allows the one stylesheet in it, by its hash, and nothing besides. The data stands in it
as JSON, in a block that no browser runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from cloudstock.language import in_use, tr
from cloudstock.render.insight import charts, data
from cloudstock.render.insight.model import Cell, Chart, Figure, Heading, Section
from cloudstock.render.insight.sections import figures, made, period, sections
from cloudstock.render.markup import Html, joined, raw, tag
from cloudstock.store.views.insight import Insight


def page(report: Insight) -> Iterator[str]:
    """Yield the whole page."""
    parts = list(sections(report))
    title = tr("Stock report")
    yield raw("<!doctype html>\n")
    yield raw(f'<html lang="{in_use()}">\n<head>\n')
    yield _head(f"{title}: {period(report)}")
    yield raw("</head>\n<body>\n<header>\n")
    yield tag("h1", title)
    yield tag("p", f"{period(report)}; {made(report)}", class_="soft")
    yield tag("nav", *(tag("a", s.title, href=f"#{s.key}") for s in parts))
    yield "\n</header>\n<main>\n"
    yield tag("div", *map(_figure, figures(report)), class_="figures")
    for section in parts:
        yield "\n"
        yield _section(section)
    yield "\n</main>\n"
    yield raw(f'<script type="application/json" id="data">{_data(report)}</script>')
    yield "\n</body>\n</html>\n"


def policy() -> str:
    """Return the content security policy of the page."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return raw(
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("style.css").read_text(encoding="utf-8")


def _head(title: str) -> str:
    return "\n".join(
        (
            raw('<meta charset="utf-8">'),
            raw(f'<meta http-equiv="Content-Security-Policy" content="{policy()}">'),
            raw('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            raw('<meta name="referrer" content="no-referrer">'),
            raw('<meta name="robots" content="noindex">'),
            tag("title", title),
            f"<style>{_style()}</style>",
            "",
        )
    )


def _data(report: Insight) -> str:
    """Return the report's data as JSON that ends no element, whatever is in it."""
    written = json.dumps(data(report), ensure_ascii=True, separators=(",", ":"))
    return written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _figure(figure: Figure) -> Html:
    return tag(
        "div",
        tag("span", figure.title),
        tag("b", figure.value, class_=figure.tone or None),
        tag("span", figure.note),
        class_="figure",
    )


def _section(section: Section) -> Html:
    inside: list[str] = [tag("h2", section.title)]
    if section.chart is not None:
        chart = section.chart
        inside.append(charts.days(chart) if isinstance(chart, Chart) else charts.spreads(chart))
    if section.rows:
        inside.append(_table(section))
        inside += [tag("p", note, class_="note") for note in section.notes]
    else:
        inside.append(tag("p", section.empty, class_="soft"))
    return tag("section", *inside, id=section.key)


def _table(section: Section) -> Html:
    heads = tag("tr", *(_heading(h) for h in section.headings))
    rows = [
        tag("tr", *(_cell(h, c) for h, c in zip(section.headings, row, strict=True)))
        for row in section.rows
    ]
    return tag("div", tag("table", tag("thead", heads), tag("tbody", *rows)), class_="scroll")


def _heading(heading: Heading) -> Html:
    return tag("th", heading.title, class_="n" if heading.number else None, scope="col")


def _cell(heading: Heading, cell: Cell) -> Html:
    # Isolated: a name written from right to left moves nothing beside it.
    words: str = cell.text if heading.number else tag("bdi", cell.text)
    if cell.tone:
        words = tag("span", words, class_=cell.tone)
    bar = () if cell.bar is None else (charts.meter(cell.bar),)
    kind = "n" if heading.number else "w cut" if heading.long else "w"
    return tag("td", joined(words, *bar), class_=kind)
