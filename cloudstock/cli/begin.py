"""The commands to begin with: a configuration, its check, and everything tried without accounts."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from cloudstock.cli import parsers, values
from cloudstock.cli.command import command
from cloudstock.cli.jobs import run_the_job
from cloudstock.cli.run import Run, need
from cloudstock.errors import ConfigurationError, Exit, UsageProblem
from cloudstock.language import tr

BaseUrl = Annotated[
    str | None,
    Option(
        "--base-url",
        metavar="ADDRESS",
        parser=parsers.address,
        help="One address instead of the marketplaces' own: a proxy, the sandbox.",
    ),
]
Schema = Annotated[
    bool,
    Option("--schema", help="Print a JSON Schema of it instead, for editors; write nothing."),
]


@command(
    "cloudstock init",
    "cloudstock init --config shop/config.yaml",
    "cloudstock init --schema > cloudstock.schema.json",
    dry_run=True,
)
def init(run: Run, schema: Schema = False, base_url: BaseUrl = None) -> int:
    """Write a commented config.yaml, and at a terminal begin with it.

    It is written to --config, else to config.yaml here, readable by you only. A file that is
    there already is never written over.

    At a terminal it asks for your accounts: each key is tried at once, the warehouses are those
    that the marketplace tells. Then it offers to read the catalog, to take a first count, and to
    have cron or systemd run the rounds. Whatever is asked can be left out; started again it goes
    on with what is missing. Without a terminal the file is a template to fill in.
    """
    from cloudstock.changes.init import json_schema, template, write_config

    if schema:
        run.answer([json_schema()])
        return Exit.OK
    path = run.common.config or Path("config.yaml")
    if run.at_terminal and not (run.common.dry_run or run.common.quiet):
        from cloudstock.cli.beginning import begin

        return begin(run, path, base_url)
    if run.common.dry_run:
        run.answer([template()])
        return Exit.OK
    write_config(path)
    run.done(
        tr("{path} is written; fill in your accounts, then run `cloudstock check`.", path=path),
        path=path,
    )
    return Exit.OK


@command(
    "cloudstock create-database",
    "cloudstock create-database --config shop/config.yaml",
    dry_run=True,
)
def create_database(run: Run) -> int:
    """Create a new, empty database where the configuration says.

    Done once, before the first run. No job begins one by itself: a database that is not where it
    was is a disk that is not mounted, or a wrong path, and no reason to count from nothing.
    """
    from cloudstock.changes.backup import create
    from cloudstock.lock import run_lock

    database = run.config.database
    if run.common.dry_run:
        create(database, dry_run=True)
        line = tr("Dry run: {database} would be a new, empty database.", database=database)
    else:
        with run_lock(database, run.command, wait_s=0) as held:
            create(database)
            # What was before it is no newer state of this one.
            held.mark = ""
        line = tr(
            "{database} is a new, empty database; run `cloudstock check`, then `cloudstock"
            " pull-catalog`.",
            database=database,
        )
    run.done(line, database=database, dry_run=run.common.dry_run)
    return Exit.OK


Database = Annotated[
    bool,
    Option("--database", help="Examine the database instead; no marketplace is asked."),
]
Repair = Annotated[
    bool,
    Option("--repair", help="With --database: repair what needs no guess, and list it."),
]


@command(
    "cloudstock check",
    "cloudstock check --account ozon-main --json",
    "cloudstock check --record report.jsonl",
    "cloudstock check --database",
    talks=True,
)
def check(run: Run, database: Database = False, repair: Repair = False) -> int:
    """Check the configuration and ask every account.

    Tells credentials and rights, the warehouses each marketplace knows, when tokens end, and
    whether this machine's clock is right. Changes nothing on any marketplace. With --database
    it examines the file: is it whole, do the totals follow from the ledger, does anything wait
    for an answer that cannot come; exit code 1 where something is wrong and not mended.
    Where the database is missing all accounts are asked just the same, and the exit code is 78.
    So it is where only `warehouses:` are missing: the lines to paste are printed.
    """
    if database:
        if run.common.record is not None:
            raise UsageProblem(tr("--database asks no marketplace, so there is nothing to record"))
        from cloudstock.cli.database import check_database

        return check_database(run, mend=repair)
    if repair:
        raise UsageProblem(tr("--repair repairs the database: give --database as well"))
    import logging

    from cloudstock.store.integrity import open_file_sentence

    try:
        run.config  # noqa: B018 - is it whole?
    except ConfigurationError:
        from cloudstock.cli.unmapped import tell_warehouses

        tell_warehouses(run)
        raise

    if sentence := open_file_sentence(run.config.database):
        run.start_log()
        logging.getLogger("cloudstock.database").warning("%s", sentence)
    return run_the_job(run, one_by_one=True)


Width = Annotated[
    int | None,
    Option(
        "--width",
        metavar="N",
        min=60,
        max=300,
        help="Characters in a line.",
        show_default="the terminal's",
    ),
]
Keep = Annotated[
    Path | None,
    Option("--keep", metavar="FOLDER", help="Keep configuration and database in this folder."),
]


@command("cloudstock demo", "cloudstock demo --keep demo")
def demo(run: Run, width: Width = None, keep: Keep = None) -> int:
    """Watch the main job at work, without any account.

    It runs on a built-in fake of the three marketplaces. No account is needed and nothing
    outside this machine is asked: catalog, counts, pushes, buyers on all three, polls, a
    return, and the table before and after.
    """
    need("sandbox")
    from cloudstock.render.console import width as terminal_width
    from cloudstock.sandbox.demo import DemoFailed, run_demo

    def out(line: str) -> None:
        run.tell(line)
        # Shown as it happens, also through a pipe.
        sys.stdout.flush()

    try:
        room = terminal_width()
        return run_demo(out, width=width or (room and min(room, 120)), keep=keep)
    except DemoFailed as failure:
        run.problem(str(failure))
        return Exit.FAILED


class Action(StrEnum):
    """What is done by hand in a sandbox that runs."""

    ORDER = "order"
    CANCEL = "cancel"
    SHIP = "ship"
    DELIVER = "deliver"
    RETURN = "return"


@command(
    "cloudstock sandbox",
    "cloudstock sandbox --port 8080 --products 20 --write sandbox.yaml",
    "cloudstock sandbox --live --rate 120/h --speed 60 --write config.yaml",
    "cloudstock sandbox order ozon-main BAG-04 2",
)
def sandbox(
    run: Run,
    action: Annotated[
        Action | None,
        Argument(
            metavar="ACTION",
            help="Do this in a sandbox that runs, instead of starting one.",
            show_default=False,
        ),
    ] = None,
    account: Annotated[
        str | None,
        Argument(metavar="ACCOUNT", help="The account's name.", autocompletion=values.accounts),
    ] = None,
    what: Annotated[
        str | None,
        Argument(metavar="SKU|ORDER", help="What a buyer orders; else the order's number."),
    ] = None,
    quantity: Annotated[
        int | None,
        Argument(
            metavar="N",
            parser=parsers.whole_number,
            help="Units that a buyer orders.",
            show_default="1",
        ),
    ] = None,
    port: Annotated[
        int | None,
        Option(
            "--port", metavar="N", min=0, max=65_535, help="0: a free one.", show_default="8080"
        ),
    ] = None,
    products: Annotated[
        int,
        Option("--products", metavar="N", min=1, max=100_000, help="Products it sells."),
    ] = 60,
    speed: Annotated[
        float,
        Option(
            "--speed",
            metavar="X",
            min=1,
            max=10_000,
            help="How many times faster time runs, and wider limits are.",
        ),
    ] = 1.0,
    write: Annotated[
        Path | None,
        Option("--write", metavar="FILE", help="Write the configuration there, not to stdout."),
    ] = None,
    live: Annotated[
        bool, Option("--live", help="Buyers come, cancel and send back for as long as it runs.")
    ] = False,
    rate: Annotated[
        float | None,
        Option(
            "--rate",
            metavar="RATE",
            parser=parsers.per_hour,
            help="With --live: how many orders: 30/h, 2/m.",
            show_default="60/h",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        Option(
            "--seed",
            metavar="N",
            min=0,
            max=2_147_483_647,
            help="With --live: the seed of what happens by chance.",
            show_default="1",
        ),
    ] = None,
) -> int:
    """Serve a strict fake of the three marketplaces.

    It runs on this machine until Ctrl-C and prints a ready configuration. With --live it is a shop
    that is open: every product has units, every account shows them, and buyers come, so that
    terminal, browser and report can be watched.

    While it runs, another terminal places an order, cancels, ships, delivers it, or has it sent
    back: at --port, else where the account's base_url in the configuration leads. Everything else
    is done by requests to /_sandbox/ of the same address.
    """
    need("sandbox")
    from cloudstock.cli import serving

    if action is not None:
        if account is None or what is None:
            raise UsageProblem(
                tr(
                    "expected `cloudstock sandbox order ACCOUNT SKU N`, or an action and an order:"
                    " `cloudstock sandbox cancel ACCOUNT ORDER`"
                )
            )
        units = 1 if quantity is None else quantity
        if not 1 <= units <= serving.UNITS_MAX:
            raise UsageProblem(
                tr("expected a number from {least} to {most:,}", least=1, most=serving.UNITS_MAX)
            )
        return serving.do_by_hand(run, action, account, what, units, port=port)
    if not live and (rate is not None or seed is not None):
        raise UsageProblem(tr("--rate and --seed go with --live"))
    buyers = serving.Chance(rate or 60.0, 1 if seed is None else seed) if live else None
    return serving.serve_sandbox(
        run, port=port, products=products, speed=speed, write=write, chance=buyers
    )


class Shell(StrEnum):
    """A shell that can complete command lines."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@command(
    "cloudstock completion bash",
    "cloudstock completion fish",
)
def completion(
    run: Run,
    shell: Annotated[Shell, Argument(help="The shell.")],
) -> int:
    """Print a script that lets a shell complete command lines.

    Commands, options, your articles, accounts and warehouses. For bash, write it to
    ~/.local/share/bash-completion/completions/cloudstock; for fish, to
    ~/.config/fish/completions/cloudstock.fish; for zsh, evaluate it in ~/.zshrc.
    """
    from importlib.resources import files

    run.answer([files(__package__).joinpath(f"completion.{shell}").read_text(encoding="utf-8")])
    return Exit.OK
