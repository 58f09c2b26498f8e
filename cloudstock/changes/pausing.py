"""pause-account: nothing is sent to an account for a while, whatever is configured."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes import names
from cloudstock.changes.change import Change
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import ChangeKind
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.language.local import when
from cloudstock.settings import Configuration
from cloudstock.store import Store


@dataclass(frozen=True, slots=True)
class PauseResult:
    """An account that is paused, or not any more."""

    account: str
    paused: bool


class PauseRequest(Change, frozen=True, kw_only=True):
    """Holds back all that would be sent to an account; it is read and compared as before."""

    result: ClassVar[type] = PauseResult
    account: Annotated[str, Meta(description=mark("The account's name."))]
    resume: Annotated[bool, Meta(description=mark("Send its numbers again."))] = False

    def forbid(self, config: Configuration) -> None:
        """What the configuration holds back is let go there."""
        if self.resume and self.account in config.watched:
            raise UsageProblem(
                tr(
                    "`push: off` in the configuration holds {name} back; take that line out first",
                    name=self.account,
                )
            )

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse
    ) -> PauseResult:
        """Write it down; raises `UsageProblem` where it is so already."""
        kind = ChangeKind.RESUME if self.resume else ChangeKind.PAUSE
        with recorded(store, kind, dry_run=self.dry_run, now=now, subject=self.account):
            account_id = names.account_id(store, self.account)
            since = store.accounts.paused().get(self.account)
            if since is not None and not self.resume:
                raise UsageProblem(
                    tr("{name} is paused since {at}", name=self.account, at=when(since))
                )
            if since is None and self.resume:
                raise UsageProblem(tr("{name} is not paused", name=self.account))
            store.changes.touches("pause", [account_id])
            store.arrangement.pause(account_id, at=None if self.resume else now, now=now)
            return PauseResult(self.account, not self.resume)
