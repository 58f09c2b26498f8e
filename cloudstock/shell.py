"""Text from outside as one word of a shell: what is shown as a command may be pasted as one."""

from __future__ import annotations

from shlex import quote


def word(text: str) -> str:
    """Return a word that bash, zsh and ksh read as exactly this text, and a terminal obeys not."""
    from cloudstock.logs import moves

    if not any(map(moves, text)):
        return quote(text)
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character == " " or character.isalnum() or (character.isascii() and character.isprintable()):
        return character
    # Bytes and not \u: what that means depends on the shell's own locale.
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
