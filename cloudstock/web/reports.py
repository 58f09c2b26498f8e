"""The report as a page among the others: at once, and so old as it says."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from cloudstock.domain import grammar
from cloudstock.language import tr
from cloudstock.render.insight import charts
from cloudstock.render.insight.model import Cell, Chart, Section
from cloudstock.render.insight.sections import figures, period, sections
from cloudstock.store.views.insight import Insight, insight
from cloudstock.web.pages import filled
from cloudstock.web.replies import Refused
from cloudstock.web.site import Site, site_of

DAYS = (7, 30, 90, 365)
TOP = 25


def report(request: Request) -> Response:
    """Tell how it sells and what was wrong in the last days."""
    site = site_of(request)
    days = grammar.units(request.query_params.get("days") or "30")
    if days is None or not 1 <= days <= 366:
        raise Refused(
            400, "address", tr("{name}: expected a number from 1 to {most}", name="days", most=366)
        )
    with site.reading():
        # Where there is no database the page says so, however late it would be missed by itself.
        pass
    data, behind = site.reports.get(days, lambda: _gathered(site, days))
    return filled(
        request,
        "report.html",
        period="" if data is None else period(data),
        made_at=None if data is None else data.made_at,
        # Newer numbers are on their way.
        behind=behind,
        days=days,
        choices=DAYS,
        figures=() if data is None else tuple(figures(data)),
        sections=() if data is None else tuple(sections(data)),
        chart=_chart,
        meter=_meter,
    )


def _gathered(site: Site, days: int) -> Insight:
    with site.reading() as store:
        return insight(
            store.connection,
            site.config,
            accounts=site.config.accounts,
            now=site.now,
            days=days,
            top=TOP,
        )


# What `render.insight.charts` makes is HTML already, by the same rules.
def _chart(section: Section) -> Markup:
    chart = section.chart
    if chart is None:
        return Markup("")
    made = charts.days(chart) if isinstance(chart, Chart) else charts.spreads(chart)
    return Markup(made)  # noqa: S704


def _meter(cell: Cell) -> Markup:
    return Markup(charts.meter(cell.bar)) if cell.bar is not None else Markup("")  # noqa: S704
