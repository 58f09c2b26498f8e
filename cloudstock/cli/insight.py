"""report: what the database knows of the last days."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from cloudstock.cli.command import command
from cloudstock.cli.options import Force
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import tr

Days = Annotated[
    int,
    Option("--days", metavar="N", min=1, max=366, help="Days it covers, today included."),
]
Top = Annotated[
    int,
    Option("--top", metavar="N", min=1, max=1000, help="Lines of each list."),
]
Output = Annotated[
    str | None,
    Option(
        "--output", metavar="FILE", help="Write a page for the browser; `-`: to standard output."
    ),
]


@command(
    "cloudstock report",
    "cloudstock report --output report.html --force",
    "cloudstock report --days 90 --top 100 --json",
)
def report(
    run: Run, days: Days = 30, top: Top = 25, output: Output = None, force: Force = False
) -> int:
    """Show how it sells, and what was wrong.

    Stock and days of cover from actual sales, what sells where, returns, units sold that were not
    there, what listings showed, how quickly they follow, and what nothing is pushed for. With
    --output as one page that needs no network, for the browser and for paper.
    """
    if output is not None and run.common.json:
        raise UsageProblem(tr("--output writes a page and --json data: name one of them"))
    config, accounts = run.config, run.accounts
    with run.database(fresh_targets=True) as store:
        from cloudstock.store.views import snapshot
        from cloudstock.store.views.insight import insight

        with snapshot(store.connection):
            result = insight(
                store.connection, config, accounts=accounts, now=run.now, days=days, top=top
            )
    if run.common.json:
        from cloudstock.render.insight import insight_json

        run.answer(insight_json(result))
    elif output is None:
        from cloudstock.render.insight.terminal import insight_text

        run.answer(insight_text(result))
    else:
        from cloudstock.render.insight.page import page
        from cloudstock.sheets.written_file import written

        with written(output, force=force) as out:
            for piece in page(result):
                out.write(piece.encode("utf-8", "backslashreplace"))
        if output != "-":
            run.tell(tr("{file} is written.", file=output))
    return Exit.OK
