"""Numbers of workbooks: as text, and as their format shows them.

A format is its code, which is the same in XLSX and XLS: `00000`, `dd.mm.yyyy`, `# ##0" шт"`. What
its number says (1C counts its own from 50, where Excel has dates of other countries) is nothing to
go by where the file has a code.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from cloudstock.sheets.reading.spool import DATE, NUMBER, RawCell

# Codes that no file writes, by their numbers; of those only dates matter.
BUILT_IN_DATES = frozenset((*range(14, 23), 45, 46, 47))
# 9999-12-31.
_LAST_DAY = 2_958_465
# Numbers are shorter; so are their texts.
_LENGTH_MAX = 400
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
_TOKEN = re.compile(r'"([^"]*)"?|\\(.)|[_*].|\[([^\]]*)\]|(.)', re.DOTALL)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_DATE_LETTERS = frozenset("dmyhs")
# Beside those: AM/PM, eras.
_LETTERS_OF_DATES = _DATE_LETTERS | frozenset("apegb")


class Format(NamedTuple):
    """What a format does to a number, where that is more than to write its digits."""

    is_date: bool
    # "0", "#", "?" for a digit; everything longer is text, with a blank before it.
    mask: tuple[str, ...] = ()


def format_of(code: str) -> Format | None:
    """Return what a code does; None: a number is shown as its digits (and separators)."""
    mask: list[str] = []
    letters = set()
    plain = True
    for quoted, escaped, bracketed, sign in _TOKEN.findall(code):
        literal = quoted or escaped
        if sign == ";":
            break
        if bracketed:
            if _ELAPSED.fullmatch(bracketed):
                letters |= set(bracketed.lower())
            elif bracketed[0] == "$":
                literal = bracketed[1:].partition("-")[0]
            elif bracketed[0] in "<>=":
                plain = False
        elif sign and (sign in "0#?" or not _is_code(sign)):
            mask.append(sign if sign in "0#?" else f" {sign}")
        elif sign:
            plain = False
            letters |= set(sign.lower()) if sign.isalpha() else set()
        if literal:
            mask.append(f" {literal}")
    digits = [token for token in mask if token in ("0", "#", "?")]
    if letters & _DATE_LETTERS and letters <= _LETTERS_OF_DATES and not _counts(code, digits):
        return Format(is_date=True)
    if plain and digits and (digits.count("0") > 1 or len(digits) < len(mask)):
        return Format(is_date=False, mask=tuple(mask))
    return None


def _is_code(sign: str) -> bool:
    return sign in ",.%/@" or (sign.isascii() and sign.isalpha())


def _counts(code: str, digits: list[str]) -> bool:
    """Tell whether digits are more than fractions of a second."""
    return len(digits) > sum(len(zeros) for zeros in re.findall(r"[.,](0+)", code))


def numeric(text: str, form: Format | None, *, since_1904: bool) -> RawCell:
    """Return the cell of a number as a file has it; raises `ValueError` where it is none."""
    text = digits(text)
    if form is None:
        return NUMBER, text, ""
    if form.is_date:
        moment = _moment(float(text), since_1904=since_1904)
        return (NUMBER, text, "") if moment is None else (DATE, moment, "")
    return NUMBER, text, _shown(text, form.mask) if text.lstrip("-").isdigit() else ""


def digits(text: str) -> str:
    """Return a number as its digits; raises `ValueError` where it is none."""
    if len(text) > _LENGTH_MAX:
        raise ValueError(repr(text[:_LENGTH_MAX]))
    if text.isascii() and text.isdigit() and (text[0] != "0" or text == "0"):
        return text
    if not _NUMBER.fullmatch(text):
        raise ValueError(repr(text))
    return plain(float(text))


def plain(number: float) -> str:
    """Return a number of a spreadsheet, which has 15 digits, without exponent."""
    if number.is_integer():
        return str(int(number))
    text = f"{number:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _moment(serial: float, *, since_1904: bool) -> str | None:
    """Return a day, a time, or both, in ISO 8601; None where there is no such day."""
    if not 0 <= serial < _LAST_DAY:
        return None
    days, seconds = divmod(round(serial * 86_400), 86_400)
    # Its 1900 has a 29th of February.
    begin = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 + (days < 60))
    moment = datetime.combine(begin, time()) + timedelta(days=days, seconds=seconds)
    if not seconds:
        return moment.date().isoformat()
    return moment.isoformat() if days or since_1904 else moment.time().isoformat()


def _shown(text: str, mask: tuple[str, ...]) -> str:
    rest = list(text.lstrip("-").lstrip("0"))
    first = next(at for at, slot in enumerate(mask) if slot in ("0", "#", "?"))
    out: list[str] = []
    for at in range(len(mask) - 1, -1, -1):
        slot = mask[at]
        if slot[0] == " ":
            out.append(slot[1:])
        elif rest:
            out.append(rest.pop())
        elif slot == "0":
            out.append("0")
        if at == first:
            out.extend(reversed(rest))
    return ("-" if text[0] == "-" else "") + "".join(reversed(out)).strip()
