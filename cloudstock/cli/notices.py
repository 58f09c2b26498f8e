"""The command that tells people what is wrong, as every job does when it has ended."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from cloudstock.cli.command import command
from cloudstock.cli.run import Run
from cloudstock.errors import ConfigurationError, Exit
from cloudstock.language import tr, trn

Test = Annotated[bool, Option("--test", help="Send a test message.")]


@command(
    "cloudstock notify --test",
    "cloudstock notify --dry-run        # what would be sent now",
    dry_run=True,
)
def notify(run: Run, test: Test = False) -> int:
    """Send what is wrong to the addresses of `notify:`.

    Jobs do so by themselves when they have ended; each event is sent once, and once more when it
    is over. Exits 1 where no address took the message.
    """
    config, redactor = run.config, run.start_log()
    if not config.notices.urls:
        raise ConfigurationError(
            tr(
                "{path} names no address to send to; see `cloudstock help notifications`",
                path=config.path,
            )
        )
    if test:
        return _trial(run)
    from cloudstock.notify.news import rehearsed, tell_news
    from cloudstock.notify.words import problems, recoveries

    if run.common.dry_run:
        telling, ok = rehearsed(config, now=run.now), True
    else:
        telling, ok = tell_news(config, clock=lambda: run.now)
    messages = [
        words(claim, watched=telling.watched, now=run.now)
        for claim, words in ((telling.problems, problems), (telling.recoveries, recoveries))
        if claim
    ]
    texts = [{"title": redactor(m.title), "body": redactor(m.body)} for m in messages]
    run.done(
        *(text for message in texts for text in message.values()),
        *([] if texts else [tr("There is nothing new to send.")]),
        ok=ok,
        dry_run=run.common.dry_run,
        messages=texts,
    )
    if not ok:
        run.problem(tr("no address took the message; it is tried again by the next run"))
    return Exit.OK if ok else Exit.FAILED


def _trial(run: Run) -> int:
    from cloudstock.notify.news import sent
    from cloudstock.notify.words import trial

    config = run.config
    failures: list[str | None] = [None] * len(config.notices.urls)
    if not run.common.dry_run:
        failures = sent(config, trial(run.now))
    ok = all(failure is None for failure in failures)
    run.done(
        trn("1 address took it.", "{n} addresses took it.", failures.count(None)),
        ok=ok,
        dry_run=run.common.dry_run,
        addresses=[{"ok": f is None, "failure": f} for f in failures],
    )
    return Exit.OK if ok else Exit.FAILED
