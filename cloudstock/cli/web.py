"""web: pages in the browser, until somebody stops it."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Annotated

from typer import Option

from cloudstock import progress
from cloudstock.cli import prompts
from cloudstock.cli.command import command
from cloudstock.cli.run import Run, need
from cloudstock.errors import ConfigurationError, Exit, UsageProblem
from cloudstock.language import spoken, tr

KEY_BYTES = 32


@command(
    "cloudstock web",
    "cloudstock web --port 8100",
    "cloudstock web --hash-password   # a password for other machines",
    "cloudstock web --calls           # what to enter in the cabinets, so that orders are told",
)
def web(
    run: Run,
    host: Annotated[
        str | None,
        Option("--host", metavar="ADDRESS", help="Address to listen at.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        Option(
            "--port", metavar="N", min=0, max=65_535, help="0: a free one.", show_default="8090"
        ),
    ] = None,
    hash_password: Annotated[
        bool,
        Option("--hash-password", help="Ask for a password, print its hash, and end."),
    ] = False,
    calls: Annotated[
        bool,
        Option("--calls", help="Print the addresses that marketplaces are to call, and exit."),
    ] = False,
    calls_key: Annotated[
        bool,
        Option("--calls-key", help="Print a new key for these addresses, and exit."),
    ] = False,
) -> int:
    """Serve the pages for the browser.

    Stock, orders, returns and what is wrong; count, correct, link, receive, and start a round;
    the same for scripts under /api. It listens on this machine only, unless the configuration has
    a password (`web: {password_hash: ...}`).

    With a key for it (`web: {calls: ...}`) Ozon and Yandex.Market may call it when something is
    ordered: the order is read, and the other shops are lowered, within seconds.
    """
    if hash_password:
        return _hash_password(run)
    if calls_key:
        run.answer([f"web: {{calls: {secrets.token_urlsafe(KEY_BYTES)}}}\n"])
        return Exit.OK
    need("web")
    if calls:
        return _tell_addresses(run)
    from cloudstock.addresses import is_loopback_host
    from cloudstock.language import in_use
    from cloudstock.web.access import Access
    from cloudstock.web.rounds import Rounds
    from cloudstock.web.server import serve
    from cloudstock.web.site import Site

    config = run.config
    settings = config.web
    where = host or settings.host
    at = settings.port if port is None else port
    if not is_loopback_host(where):
        if settings.password_hash is None:
            raise ConfigurationError(
                tr(
                    "{host} is beyond this machine, where a password is required; run"
                    " `cloudstock web --hash-password` and put what it prints into {path}",
                    host=where,
                    path=config.path,
                )
            )
        if not settings.https:
            run.problem(
                tr(
                    "served without https: the password can be read on its way; put a proxy with"
                    " https before it and set web.https"
                )
            )
    if settings.token is not None and settings.password_hash is None:
        run.problem(
            tr(
                "web.token keeps nobody out without web.password_hash: whoever works on this"
                " machine may look and change, by the API, too"
            )
        )
    redact = run.start_log()
    site = Site(
        config=config,
        access=Access(settings),
        rounds=Rounds(config.path.absolute()),
        redact=redact,
        language=in_use(),
    )

    def ready(address: str) -> None:
        run.tell(tr("{address}  Ctrl-C ends it", address=address))
        sys.stdout.flush()

    try:
        with progress.hidden():
            serve(site, where, at, ready)
    except OSError as error:
        raise UsageProblem(
            tr(
                "cannot listen on {host} port {port}: {reason}",
                host=where,
                port=at,
                reason=error.strerror or error,
            )
        ) from error
    return Exit.OK


def _tell_addresses(run: Run) -> int:
    """Print each account's secret address, and where it is entered."""
    from cloudstock.web.calls import calls_of, path_of

    key = run.config.web.calls
    if key is None:
        raise ConfigurationError(
            tr(
                "no calls are taken: run `cloudstock web --calls-key` and put what it prints into"
                " {path}",
                path=run.config.path,
            )
        )
    base = run.config.web.address or "https://<...>"
    rows: list[dict[str, str]] = []
    for account in run.accounts:
        calls = calls_of(account)
        if calls is not None:
            url = f"{base}{path_of(key, account)}"
            rows.append({"account": account.name, "url": url, "where": spoken(calls.where)})
    if run.common.json:
        run.answer([json.dumps(rows, ensure_ascii=False, indent=2), "\n"])
        return Exit.OK
    run.answer([f"{r['account']}: {r['where']}\n  {r['url']}\n" for r in rows])
    run.tell(
        tr(
            "Who knows an address may have orders read, and nothing else. A new key"
            " (`cloudstock web --calls-key`) ends all of them."
        )
    )
    if run.config.web.address is None:
        run.tell(tr("<...> is where this machine is reached by https: put it into web.address."))
    return Exit.OK


def _hash_password(run: Run) -> int:
    from cloudstock.web.passwords import LENGTH_MAX, LENGTH_MIN, hashed

    password = _typed_password()
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise UsageProblem(
            tr(
                "expected a password of {least} to {most} characters",
                least=LENGTH_MIN,
                most=LENGTH_MAX,
            )
        )
    run.answer([f"web: {{password_hash: {hashed(password)}}}\n"])
    return Exit.OK


def _typed_password() -> str:
    """Return the password: typed twice, unseen; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = prompts.line(tr("Password"), hidden=True)
    if prompts.line(tr("Once more"), hidden=True) != password:
        raise UsageProblem(tr("the two are not the same"))
    return password
