"""HTML put together so that text cannot be forgotten to be escaped: only `Html` passes as it is."""

from __future__ import annotations

from html import escape

from cloudstock.render.text import strip_controls


class Html(str):
    """What is markup already, made by `tag` or `raw`."""

    __slots__ = ()


def raw(markup: str) -> Html:
    """Return markup of our own as such; never anything that came from outside."""
    return Html(markup)


def text(value: str) -> Html:
    """Return text as markup, without characters that reorder or hide what stands around it."""
    return Html(escape(strip_controls(value), quote=True))


def tag(name: str, *inside: str, **attributes: str | float | None) -> Html:
    """Return an element; strings that are not `Html` are escaped, attributes always.

    `class_` and `for_` lose their underscore, others have it for a dash; None leaves one out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{joined(*inside)}</{name}>")


def joined(*pieces: str) -> Html:
    """Return pieces one after the other, those that are not `Html` escaped."""
    return Html("".join(p if isinstance(p, Html) else text(p) for p in pieces))
