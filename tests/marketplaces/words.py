"""What an adapter tells of words that none of its tables knows, as a test hears it."""

from __future__ import annotations


class Words(list[tuple[str, ...]]):
    """Remembers what was met that no table knows."""

    def __call__(self, field: str, word: object, *, left_out: bool = False) -> None:
        self.append((field, "" if word is None else str(word)))

    def met(self, place: str, field: str, word: str, *, left_out: bool = False) -> None:
        self.append((place, field, word))


def known(field: str, word: object, *, left_out: bool = False) -> None:
    raise AssertionError(f"{field} is {word!r}, which no table knows")
