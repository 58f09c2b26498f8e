"""The command line: options in, one job called, its result rendered; no decisions.

Each group of commands is a module of its own, imported when one of its commands is asked for, so
that `show-stock` does not wait for what `sync` needs.
"""

from __future__ import annotations

# Title in the help, module, commands; each is the function of its name.
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Begin",
        "cloudstock.cli.begin",
        ("init", "create-database", "check", "demo", "sandbox", "completion"),
    ),
    ("Begin", "cloudstock.cli.schedule", ("schedule",)),
    (
        "The marketplaces (cron runs these)",
        "cloudstock.cli.jobs",
        ("sync", "pull-catalog", "poll-orders", "poll-returns", "poll-reserves", "push-stocks"),
    ),
    ("Look", "cloudstock.cli.look", ("status", "show-stock", "explain")),
    ("Insight", "cloudstock.cli.insight", ("report",)),
    (
        "Lists",
        "cloudstock.cli.lists",
        (
            "products",
            "listings",
            "show-orders",
            "show-reserves",
            "show-returns",
            "show-history",
            "show-runs",
            "show-changes",
        ),
    ),
    ("Stock", "cloudstock.cli.counts", ("set-stock", "adopt-stock", "adjust-stock", "move-stock")),
    ("Stock", "cloudstock.cli.undoing", ("undo",)),
    ("Stock", "cloudstock.cli.policies", ("set-policy", "set-buffer", "set-minimum")),
    ("Stock", "cloudstock.cli.sheets", ("import-stock", "export-stock", "sources")),
    ("Stock", "cloudstock.cli.returns", ("receive-return", "close-order")),
    ("Stock", "cloudstock.cli.links", ("link-listing", "unlink-listing")),
    (
        "Stock",
        "cloudstock.cli.warehouses",
        ("rename-warehouse", "add-warehouse", "remove-warehouse"),
    ),
    ("Taking away", "cloudstock.cli.hiding", ("hide-product",)),
    (
        "Taking away",
        "cloudstock.cli.closing",
        ("close-account", "close-warehouse", "pause-account"),
    ),
    ("Try out", "cloudstock.cli.simulate", ("simulate",)),
    ("Notices", "cloudstock.cli.notices", ("notify",)),
    ("The database", "cloudstock.cli.database", ("backup", "restore")),
    ("In the browser", "cloudstock.cli.web", ("web",)),
    ("The manual", "cloudstock.cli.help", ("help",)),
)
