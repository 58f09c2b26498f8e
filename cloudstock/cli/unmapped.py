"""check, where `warehouses:` is all that a configuration lacks: the lines to paste."""

from __future__ import annotations

import os
from pathlib import Path

from cloudstock.changes.init import warehouses_written
from cloudstock.cli.run import Run
from cloudstock.config.file import find_config
from cloudstock.config.loading import load
from cloudstock.domain.warehouses import MAIN
from cloudstock.errors import ConfigurationError, MarketplaceError
from cloudstock.jobs.probing import probe
from cloudstock.language import tr
from cloudstock.marketplaces.base import CheckReport
from cloudstock.render.text import strip_controls
from cloudstock.settings import Account, Configuration


def tell_warehouses(run: Run) -> None:
    """Ask each account that names no warehouses, and tell the line that says them.

    Nothing is told where the configuration lacks more than that.
    """
    try:
        path = find_config(run.common.config, os.environ, Path.cwd())
        config = load(path, os.environ, without_warehouses=True).configuration
    except ConfigurationError:
        return
    wanted = run.common.accounts or [a.name for a in config.accounts]
    answers = [_warehouses_of(run, config, a) for a in config.accounts if a.name in wanted]
    if run.common.json:
        accounts = [answer for answer in answers if answer is not None]
        run.answer_json({"command": run.command, "ok": False, "accounts": accounts})


def _warehouses_of(run: Run, config: Configuration, account: Account) -> dict[str, object] | None:
    """Tell of one account, and return the same for JSON; None: it lacks nothing."""
    if account.warehouses:
        return None
    answer: dict[str, object] = {"account": account.name, "ok": False, "counts": {}}
    try:
        report = probe(account, database=config.database)
    except MarketplaceError as problem:
        run.problem(f"{account.name}: {problem}", problem.kind)
        return answer | {"error": {"kind": problem.kind, "message": str(problem)}}
    line = paste(report)
    who = f"{account.name} ({report.seller})" if report.seller else account.name
    what = tr("{account}: write below its name in {path}:", account=who, path=config.path)
    if not run.common.json:
        names = [
            f"      # {w.warehouse_id}: {_described(w.name, w.unusable)}" for w in report.warehouses
        ]
        run.tell(*map(strip_controls, [what, f"    {line}", *names]))
    error = {"kind": ConfigurationError.kind, "message": f"{what} {line}"}
    return answer | {"error": error, "warehouses": report.warehouses}


def _described(name: str, unusable: str | None) -> str:
    return (
        name
        if unusable is None
        else tr("{name}, not usable: {unusable}", name=name, unusable=unusable)
    )


def paste(report: CheckReport) -> str:
    """Return the line of a configuration for all usable warehouses of an account."""
    usable = [w.warehouse_id for w in report.warehouses if not w.unusable]
    return f"warehouses: {warehouses_written(dict.fromkeys(usable, MAIN))}"
