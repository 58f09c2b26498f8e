"""The commands for the database itself: is it whole, a copy of it, and back to a copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from cloudstock.cli.command import command
from cloudstock.cli.options import Force
from cloudstock.cli.run import Run
from cloudstock.errors import Exit
from cloudstock.language import tr
from cloudstock.lock import run_lock

if TYPE_CHECKING:
    from cloudstock.store.integrity import Findings

# How long a command by hand waits for a run of cron's to end.
LOCK_WAIT_S = 30.0


@command("cloudstock backup stock-2026-11-23.db", "cloudstock backup --force latest.db")
def backup(
    run: Run,
    file: Annotated[Path, Argument(metavar="FILE", help="The file to write.")],
    force: Force = False,
) -> int:
    """Copy the database to a file, also while it is in use.

    The copy is read back and compared before it gets its name, so a file of that name is whole.
    It is readable by you only. It holds no keys: keep config.yaml as well.
    """
    from cloudstock.changes.backup import backup as copy

    made = copy(run.config.database, file, force=force)
    contents = made.contents.described()
    run.done(
        tr("{file}: {contents}; read back and found whole.", file=file, contents=contents),
        file=file,
        bytes=made.size_bytes,
        **made.contents.counts(),
    )
    return Exit.OK


@command(
    "cloudstock restore stock-2026-11-23.db",
    "cloudstock restore stock-2026-11-23.db --dry-run",
    dry_run=True,
)
def restore(
    run: Run,
    file: Annotated[Path, Argument(metavar="FILE", help="A copy that `backup` wrote.")],
) -> int:
    """Go back to a copy of the database.

    The copy is examined first; the present database is kept beside it. What the marketplaces
    show is then unknown, so the next push sends every listing. Orders since the copy are read
    again; counts and corrections since then are not in it: count what was counted meanwhile.
    """
    from cloudstock.changes.backup import restore as go_back

    database = run.config.database
    if run.common.dry_run:
        done = go_back(file, database, now=run.now, dry_run=True)
    else:
        with run_lock(database, run.command, wait_s=LOCK_WAIT_S) as held:
            done = go_back(file, database, now=run.now)
            # It is known to be one, and the next run need not find it out.
            held.mark = ""
    contents = done.contents.described()
    lines = [
        tr("{database}: {contents}, from {file}.", database=database, contents=contents, file=file)
    ]
    if done.kept is not None:
        lines.append(tr("The database as it was is kept as {kept}.", kept=done.kept))
    if run.common.dry_run:
        lines.append(tr("Dry run: nothing was changed."))
    else:
        lines.append(
            tr("Run `cloudstock sync`: it reads on from the copy and sends every number again.")
        )
    run.done(*lines, dry_run=run.common.dry_run, kept=done.kept, **done.contents.counts())
    return Exit.OK


def check_database(run: Run, *, mend: bool) -> int:
    """Examine the database, repair it where asked to; 1 where something wrong is left."""
    from cloudstock.store import Store
    from cloudstock.store.integrity import examine, repair

    database = run.config.database
    if not mend:
        with Store.open(database) as store:
            return _tell(run, examine(store), ())
    # Under the lock no push is on its way, so an unanswered one will never be answered.
    with (
        run_lock(database, "check --repair", wait_s=LOCK_WAIT_S),
        Store.open(database) as store,
    ):
        findings = examine(store)
        if findings.ok and not any(f.repairable for f in findings.notable):
            return _tell(run, findings, ())
        done = repair(store, now=run.now)
        return _tell(run, examine(store), done)


def _tell(run: Run, findings: Findings, done: tuple[str, ...]) -> int:
    from cloudstock.render.text import strip_controls

    lines = [
        *(tr("repaired: {line}", line=line) for line in done),
        *(tr("note: {message}", message=f.message) for f in findings.notable),
    ]
    if findings.ok:
        lines.append(tr("{database}: the database is whole", database=run.config.database))
    run.done(
        *map(strip_controls, lines),
        ok=findings.ok,
        wrong=findings.wrong,
        notable=findings.notable,
        repaired=done,
    )
    for finding in findings.wrong:
        hint = ""
        if finding.repairable:
            hint = tr("; `cloudstock check --database --repair` mends it")
        elif findings.damaged:
            hint = tr("; restore a backup (`cloudstock restore FILE`)")
        run.problem(f"{finding.message}{hint}", finding.kind)
    return Exit.OK if findings.ok else Exit.FAILED
