"""What is done for an account, as runs are recorded."""

from __future__ import annotations

from enum import StrEnum

from cloudstock.language import mark, spoken


class Job(StrEnum):
    """A job of one account, in the order of a round."""

    CATALOG = mark("catalog", "job")
    ORDERS = mark("orders", "job")
    RETURNS = mark("returns", "job")
    RESERVES = mark("reserves", "job")
    PUSH = mark("push", "job")
    # In the place of PUSH where an account is only watched.
    WATCH = mark("watch", "job")
    CHECK = mark("check", "job")

    @property
    def label(self) -> str:
        """The job as people read it."""
        return spoken(self.value, "job")

    @property
    def command(self) -> str:
        """The command that does it."""
        return _COMMANDS[self]


_COMMANDS = {
    Job.CATALOG: "pull-catalog",
    Job.ORDERS: "poll-orders",
    Job.RETURNS: "poll-returns",
    Job.RESERVES: "poll-reserves",
    Job.PUSH: "push-stocks",
    Job.WATCH: "push-stocks",
    Job.CHECK: "check",
}
