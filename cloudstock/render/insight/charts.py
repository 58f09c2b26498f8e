"""Charts as SVG in the page: they print, follow its colours, and need no script."""

from __future__ import annotations

from datetime import date

from cloudstock.language import tr
from cloudstock.language.local import day, short_day
from cloudstock.render.insight.model import Chart, Spread
from cloudstock.render.insight.words import seconds
from cloudstock.render.markup import Html, joined, tag
from cloudstock.render.text import whole

# So many accounts have colours of their own; the rest are one.
COLOURS = 6
# Of a day in a chart, of which the last part is a gap.
SLOT, GAP = 10, 2
HEIGHT = 100


def days(chart: Chart) -> Html:
    """Return bars by day, the accounts one upon the other, with a legend."""
    series = _few(chart)
    totals = [sum(units) for units in zip(*(u for _, u in series), strict=True)]
    most = max(totals)
    bars: list[Html] = []
    for i, iso in enumerate(chart.dates):
        top = float(HEIGHT)
        parts: list[Html] = []
        for n, (_, units) in enumerate(series):
            height = units[i] * HEIGHT / most
            top -= height
            if units[i]:
                parts.append(
                    tag(
                        "rect",
                        class_=f"s{n}",
                        x=i * SLOT,
                        y=f"{top:.2f}",
                        width=SLOT - GAP,
                        height=f"{height:.2f}",
                    )
                )
        by_account = "; ".join(f"{name}: {whole(units[i])}" for name, units in series)
        bars.append(
            tag(
                "g",
                tag("title", f"{day(date.fromisoformat(iso))}: {whole(totals[i])} ({by_account})"),
                *parts,
            )
        )
    picture = tag(
        "svg",
        *bars,
        class_="days",
        viewBox=f"0 0 {len(chart.dates) * SLOT - GAP} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=tr("Units sold a day, by account"),
    )
    middle = chart.dates[len(chart.dates) // 2]
    ends = tag(
        "div",
        *(tag("span", short_day(date.fromisoformat(x))) for x in _ends(chart, middle)),
        class_="ends",
    )
    legend = tag(
        "ul",
        *(
            tag(
                "li",
                tag(
                    "svg",
                    tag("rect", class_=f"s{n}", width=10, height=10),
                    viewBox="0 0 10 10",
                    aria_hidden="true",
                ),
                name,
            )
            for n, (name, _) in enumerate(series)
        ),
        tag("li", tr("units a day, {most} at most", most=whole(most)), class_="soft"),
        class_="legend",
    )
    return joined(picture, ends, legend)


def spreads(spread: Spread) -> Html:
    """Return a bar for each account: half of its pushes, 95 and 99 of 100, on one scale."""
    longest = max(p99 for *_, p99 in spread.rows) or 1.0
    lines: list[Html] = []
    for name, median, p95, p99 in spread.rows:
        lines += [
            tag("span", name),
            tag(
                "svg",
                *(
                    tag("rect", class_=kind, width=f"{value * HEIGHT / longest:.2f}", height=10)
                    for kind, value in (("wide", p99), ("most", p95), ("half", median))
                ),
                class_="spread",
                viewBox=f"0 0 {HEIGHT} 10",
                preserveAspectRatio="none",
                aria_hidden="true",
            ),
            tag("span", f"{seconds(median)} · {seconds(p95)} · {seconds(p99)}", class_="soft"),
        ]
    return tag("div", *lines, class_="spreads")


def meter(share: float) -> Html:
    """Return a share of the largest as a line."""
    return tag(
        "svg",
        tag("rect", class_="ground", width=HEIGHT, height=4),
        tag("rect", width=f"{share * HEIGHT:.1f}", height=4),
        class_="meter",
        viewBox=f"0 0 {HEIGHT} 4",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _few(chart: Chart) -> list[tuple[str, tuple[int, ...]]]:
    """Return the series that sold most, and the rest as one."""
    if len(chart.series) <= COLOURS:
        return list(chart.series)
    ranked = sorted(chart.series, key=lambda s: -sum(s[1]))
    rest = tuple(sum(units) for units in zip(*(u for _, u in ranked[COLOURS - 1 :]), strict=True))
    return [*ranked[: COLOURS - 1], (tr("others"), rest)]


def _ends(chart: Chart, middle: str) -> tuple[str, ...]:
    if len(chart.dates) < 3:
        return chart.dates
    return chart.dates[0], middle, chart.dates[-1]
