"""init at a terminal, from the accounts to the first count and what runs by itself."""

from __future__ import annotations

import os
import shutil
from errno import EACCES
from pathlib import Path

from cloudstock.changes.adopting import AdoptRequest, AdoptResult
from cloudstock.changes.init import write_config
from cloudstock.cli.change import with_confirmation
from cloudstock.cli.interview import Interview
from cloudstock.cli.prompts import Ended, chosen, confirm, say, value
from cloudstock.cli.run import Run
from cloudstock.errors import CloudstockError, Exit, UsageProblem
from cloudstock.language import system_words, tr, trn

# Of products of which there is not one number.
EXAMPLES = 3


def begin(run: Run, path: Path, base_url: str | None) -> int:
    """Ask for accounts and write them; then offer what makes them work, as far as it is missing.

    What is there already is never written over. An answer that is not given, by Ctrl-C or Ctrl-D,
    ends it: whatever was finished is kept, and another `init` goes on from there.
    """
    steps = _Steps(run, path)
    try:
        if not _accounts(run, steps, base_url):
            return Exit.OK
        return steps.take()
    except (Ended, KeyboardInterrupt):
        raise KeyboardInterrupt(steps.where_it_stands()) from None


def _accounts(run: Run, steps: _Steps, base_url: str | None) -> bool:
    """Ask for accounts; return whether there are any."""
    path = steps.path
    if os.path.lexists(path):
        accounts = steps.run.config.accounts
        names = ", ".join(a.name for a in accounts)
        say(tr("{path} is there, with {names}; it goes on from there.", path=path, names=names))
        if confirm(tr("Add a cabinet?"), default=False):
            Interview(path, base_url, accounts).hold()
            steps.renew()
        return True
    _refuse_unwritable(path.absolute().parent)
    say(
        tr(
            "This writes {path} and begins with it. Enter takes what stands in brackets; Ctrl-C"
            " ends it, and what is finished is kept.",
            path=path,
        )
    )
    interview = Interview(path, base_url)
    interview.hold()
    if interview.accounts:
        return True
    if confirm(tr("No cabinet is named. Write a file to fill in by hand?"), default=False):
        write_config(path)
        run.done(
            tr("{path} is written; fill in your accounts, then run `cloudstock check`.", path=path),
            path=path,
        )
    return False


def _refuse_unwritable(folder: Path) -> None:
    """Raise `UsageProblem` where nothing can be written: before anything is typed."""
    try:
        folder.stat()
    except OSError as error:
        raise UsageProblem(f"{folder}: {system_words(error)}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageProblem(f"{folder}: {system_words(PermissionError(EACCES, ''))}")


class _Steps:
    """What follows the file, each offered where it is missing."""

    def __init__(self, run: Run, path: Path) -> None:
        self.path = path
        self._common = run.common._replace(config=path, accounts=None)
        self.renew()

    def renew(self) -> None:
        """Read the file anew when it is next needed."""
        self.run = Run("init", self._common)

    def where_it_stands(self) -> str:
        """Say what is there, for who ends it."""
        if not os.path.lexists(self.path):
            return tr("ended; nothing is written")
        return tr(
            "ended; {path} is whole, and `cloudstock init` goes on from there", path=self.path
        )

    def take(self) -> int:
        """Offer each step; return the exit code of one without which none follows, if it failed."""
        if not self._has("listing") and confirm(tr("Read the catalog now?"), default=True):
            code = self._do("pull-catalog")
            if code:
                return code
        if self._uncounted():
            self._count()
        code = self._schedule()
        say(
            tr("Look at it with `cloudstock status`, `cloudstock show-stock`, `cloudstock web`."),
            *self._watched(),
        )
        return code

    def _watched(self) -> list[str]:
        if not self.run.config.watched:
            return []
        return [tr("Nothing is sent before you write push: on in {path}.", path=self.path)]

    def _do(self, *words: str) -> int:
        """Run a command as if it had been typed, and say which; its mistakes are told."""
        from cloudstock.cli.app import parse

        language = ("--lang", self._common.language) if self._common.language else ()
        place = ("--config", str(self.path))
        say(f"$ cloudstock {' '.join(words)}")
        choice = parse([*words, *place, *language])
        if isinstance(choice, int):
            return choice
        try:
            return choice.act()
        except CloudstockError as problem:
            choice.run.problem(str(problem), problem.kind)
            return problem.exit_code

    # ------------------------------------------------------------ the database

    def _has(self, table: str) -> bool:
        return self._number(f"SELECT EXISTS (SELECT 1 FROM {table})") > 0

    def _uncounted(self) -> int:
        return self._number(
            "SELECT count(*) FROM product WHERE NOT EXISTS (SELECT 1 FROM stock"
            " WHERE product_id = product.id AND on_hand IS NOT NULL)"
        )

    def _number(self, question: str) -> int:
        if not self.run.config.database.exists():
            return 0
        with self.run.database(settled=False) as store:
            return int(store.connection.execute(question).fetchone()[0])

    # ------------------------------------------------------------ the first count

    def _count(self) -> None:
        """Offer a first count, until something is counted or somebody has enough."""
        while n := self._uncounted():
            say(
                trn(
                    "{n} product was never counted, and no number of it is sent."
                    " How many are there?",
                    "{n} products were never counted, and no number of them is sent."
                    " How many are there?",
                    n,
                )
            )
            ways = (
                tr("as many as the cabinets show now"),
                tr("as a file says: CSV, XLSX, of MoySklad, of a cabinet"),
                tr("later"),
            )
            way = chosen(tr("Which"), ways)
            if way == len(ways) - 1:
                return
            if way == 0:
                self._adopt()
            else:
                self._import()
            left = self._uncounted()
            if 0 < left < n:
                say(
                    trn(
                        "{n} product is still not counted: `cloudstock products --uncounted`.",
                        "{n} products are still not counted: `cloudstock products --uncounted`.",
                        left,
                    )
                )
            if left < n:
                return

    def _import(self) -> None:
        def read(typed: str) -> str:
            path = Path(typed).expanduser()
            if typed and not path.is_file():
                raise ValueError(tr("there is no file {path}", path=path))
            return str(path.absolute()) if typed else ""

        file = value(tr("The file (Enter alone: none)"), read, optional=True)
        if file:
            self._do("import-stock", file)

    def _adopt(self) -> None:
        """Take the numbers of the cabinets; where they differ, those of the one that is named."""
        if self._do("poll-orders") or self._do("poll-reserves"):
            return
        unclear = len(self._adopted(None).unclear)
        names = [a.name for a in self.run.config.accounts]
        while unclear and len(names) > 1:
            question = trn(
                "Of {n} product the cabinets have not one number. Whose is right?",
                "Of {n} products the cabinets have not one number. Whose is right?",
                unclear,
            )
            say(question)
            place = chosen(tr("Which"), [*names, tr("none; they are counted later")])
            if place == len(names):
                return
            if not self._adopted((names.pop(place),)).counts:
                return
            unclear = len(self._adopted(None, dry_run=True).unclear)

    def _adopted(self, accounts: tuple[str, ...] | None, *, dry_run: bool = False) -> AdoptResult:
        """Take what cabinets show, or find out what they do, and tell how many were counted."""

        def act(confirmed: bool) -> AdoptResult:
            request = AdoptRequest(accounts=accounts, yes=confirmed, dry_run=dry_run)
            with self.run.database() as store:
                return request.act(
                    store, now=self.run.now, configured=self.run.config.warehouse_names
                )

        result = with_confirmation(self.run, act)
        if not dry_run:
            n = len(result.counts)
            self.run.tell(
                trn(
                    "{n} product is counted as the cabinets show it.",
                    "{n} products are counted as the cabinets show them.",
                    n,
                ),
                *(f"  {one}" for one in result.unclear[:EXAMPLES]),
            )
        return result

    # ------------------------------------------------------------ what runs by itself

    def _schedule(self) -> int:
        """Offer to have the rounds run, unless something does; return the exit code."""
        from cloudstock.changes.schedule import runs

        programs = (("--cron", "crontab", "cron"), ("--systemd", "systemctl", "systemd"))
        there = [(option, name) for option, program, name in programs if shutil.which(program)]
        if not there or runs(self.run.config.path.absolute()):
            return Exit.OK
        say(tr("A round every minute keeps the numbers true. What runs it?"))
        code: int = Exit.OK
        while there:
            place = chosen(tr("Which"), [*(name for _, name in there), tr("nothing yet")])
            if place == len(there):
                break
            code = self._do("schedule", there[place][0], "--install")
            if code == Exit.OK:
                break
            # The other may work.
            del there[place]
        return code
