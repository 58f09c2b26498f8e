"""The commands for what a product says for itself: its policy, its buffer, its minimum."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from cloudstock.changes.policies import BufferRequest, MinimumRequest, PolicyRequest
from cloudstock.cli import prompts, values
from cloudstock.cli.change import make_change, option_of, rehearse
from cloudstock.cli.command import command
from cloudstock.cli.run import Run
from cloudstock.domain import grammar
from cloudstock.domain.transition import How
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.language import tr


@command(
    "cloudstock set-policy MUG-01 split",
    "cloudstock set-policy MUG-01 CUP-02 adaptive --dry-run",
    "cloudstock set-policy MUG-01 split --how strict --hours 02:00-05:00",
    "cloudstock set-policy MUG-01 --default",
    dry_run=True,
)
def set_policy(
    run: Run,
    words: Annotated[
        list[str],
        Argument(
            metavar="SKU... POLICY",
            help="Products, and share, split, priority or adaptive.",
            autocompletion=values.skus_and_policies,
        ),
    ],
    default: Annotated[
        bool, Option("--default", help="Without POLICY: back to what each account says.")
    ] = False,
    how: Annotated[How, option_of(PolicyRequest, "how", "--how")] = How.STRICT,
    hours: Annotated[
        str,
        option_of(PolicyRequest, "hours", "--hours", metavar="HH:MM-HH:MM", show_default=False),
    ] = "",
    yes: Annotated[bool, Option("--yes", help="Do not ask where listings will show less.")] = False,
) -> int:
    """Say how the accounts share a product's units.

    share: every account shows all of them. split: they are divided, and no two accounts ever
    show the same unit. adaptive: share while stock is ample, split when it is scarce.
    priority: while it is scarce, the account of the lowest rank shows all.

    Units that are shown go to another account only through zero, which takes minutes. What each
    listing will show, and until when, is told beforehand, and at a terminal you are asked where
    any will show less; --how offers other ways.
    """
    skus, policy = (words, None) if default else (words[:-1], words[-1])
    if not skus:
        raise UsageProblem(tr("name the products and then the policy: SKU... POLICY"))
    dry_run = run.common.dry_run
    request = PolicyRequest(skus=tuple(skus), policy=policy, how=how, hours=hours, dry_run=dry_run)
    if yes or dry_run or not run.at_terminal:
        return make_change(run, request)
    results = rehearse(run, request)
    if not any(result.lowers for result in results):
        return make_change(run, request)
    from cloudstock.render.changes import sentence

    run.tell(*map(sentence, results))
    if not prompts.confirm(tr("Do it?")):
        raise Unconfirmed(tr("nothing was changed"))
    # The rest was told.
    return make_change(run, request, words=lambda result: sentence(result).split("\n")[0])


Default = Annotated[
    bool, Option("--default", help="Without N: back to what the configuration says.")
]


@command(
    "cloudstock set-buffer MUG-01 2",
    "cloudstock set-buffer MUG-01 CUP-02 0 --dry-run",
    "cloudstock set-buffer MUG-01 --default",
    dry_run=True,
)
def set_buffer(
    run: Run,
    words: Annotated[
        list[str],
        Argument(
            metavar="SKU... N",
            help="Products, and units that no account shows.",
            autocompletion=values.skus,
        ),
    ],
    default: Default = False,
) -> int:
    """Keep units of products back from sale: no account shows the last N.

    Without a buffer of its own a product has that of each account (`stock: buffer`).
    """
    skus, buffer = _products_and_number(words, default=default)
    return make_change(run, BufferRequest(skus=skus, buffer=buffer, dry_run=run.common.dry_run))


@command(
    "cloudstock set-minimum BAG-04 20",
    "cloudstock set-minimum BAG-04 MUG-01 0   # never low",
    "cloudstock set-minimum BAG-04 --default",
    dry_run=True,
)
def set_minimum(
    run: Run,
    words: Annotated[
        list[str],
        Argument(
            metavar="SKU... N",
            help="Products, and units of which each is low with fewer.",
            autocompletion=values.skus,
        ),
    ],
    default: Default = False,
) -> int:
    """Say with how many units products are low: with fewer than N available.

    `products --running-low`, the first page and the notice `low` tell of it. Without a minimum of
    its own a product is low when it runs out soon as it sells (`low` of the configuration).
    """
    skus, minimum = _products_and_number(words, default=default)
    return make_change(run, MinimumRequest(skus=skus, minimum=minimum, dry_run=run.common.dry_run))


def _products_and_number(words: list[str], *, default: bool) -> tuple[tuple[str, ...], int | None]:
    """Return the products of a line, and the number that ends it: None with `--default`."""
    if default:
        return tuple(words), None
    number = grammar.whole_number(words[-1])
    if number is None or len(words) == 1:
        raise UsageProblem(tr("name the products and then the number: SKU... N"))
    return tuple(words[:-1]), number
