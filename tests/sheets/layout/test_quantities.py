"""Cells of a quantity: what is one number, and what needs a word of the user."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.sheets.layout.quantities import read, read_of_any_country
from cloudstock.sheets.layout.records import Quantity

BLANKS = (" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}", "'")


@pytest.mark.parametrize(
    ("cell", "kind", "units"),
    [
        ("12", Quantity.NUMBER, 12),
        (" 40 ", Quantity.NUMBER, 40),
        ("005", Quantity.NUMBER, 5),
        ("5,0", Quantity.ONE_READING, 5),
        ("5.0", Quantity.ONE_READING, 5),
        ("15.000", Quantity.ONE_READING, 15),
        ("12,000", Quantity.ONE_READING, 12),
        ("0,0", Quantity.ONE_READING, 0),
        ("-0", Quantity.ONE_READING, 0),
        ("1 234", Quantity.ONE_READING, 1234),
        ("1\N{NO-BREAK SPACE}234,00", Quantity.ONE_READING, 1234),
        (
            "12\N{NARROW NO-BREAK SPACE}345\N{NARROW NO-BREAK SPACE}678",
            Quantity.ONE_READING,
            12345678,
        ),
        ("1,234,567", Quantity.ONE_READING, 1234567),
        ("1,234.00", Quantity.ONE_READING, 1234),
        ("1.234,00", Quantity.ONE_READING, 1234),
        ("3 шт", Quantity.ONE_READING, 3),
        ("3шт.", Quantity.ONE_READING, 3),
        ("14 pcs", Quantity.ONE_READING, 14),
        ('="5"', Quantity.ONE_READING, 5),
        ("\ufeff7", Quantity.ONE_READING, 7),
        ("", Quantity.EMPTY, None),
        (" \N{NO-BREAK SPACE}", Quantity.EMPTY, None),
        ("10+", Quantity.AT_LEAST, 10),
        ("10 +", Quantity.AT_LEAST, 10),
        ("> 5000", Quantity.AT_LEAST, 5000),
        (">5 000", Quantity.AT_LEAST, 5000),
        (">=10", Quantity.AT_LEAST, 10),
        ("более 100", Quantity.AT_LEAST, 100),
        ("Больше 100 шт.", Quantity.AT_LEAST, 100),
        ("понад 50", Quantity.AT_LEAST, 50),
        ("more than 20", Quantity.AT_LEAST, 20),
        ("10 и более", Quantity.AT_LEAST, 10),
        ("12,96", Quantity.FRACTION, None),
        ("0.5", Quantity.FRACTION, None),
        ("1,234", Quantity.FRACTION, None),
        ("-2", Quantity.BELOW_ZERO, None),
        ("\N{MINUS SIGN}2", Quantity.BELOW_ZERO, None),
        ("-1,0", Quantity.BELOW_ZERO, None),
        ("-1,5", Quantity.BELOW_ZERO, None),
        ("=B2-C2", Quantity.FORMULA, None),
        ("нет", Quantity.WORD, None),
        ("+", Quantity.WORD, None),
        ("-", Quantity.WORD, None),
        ("под заказ", Quantity.WORD, None),
        ("not stocked", Quantity.WORD, None),
        ("< 10", Quantity.WORD, None),
        ("до 10", Quantity.WORD, None),
        ("5-10", Quantity.WORD, None),
        ("1 23", Quantity.WORD, None),
        ("3 уп", Quantity.WORD, None),
        ("1e3", Quantity.WORD, None),
        ("٣", Quantity.WORD, None),
        ("#N/A", Quantity.WORD, None),
        ("2012345000018", Quantity.WORD, None),
        (f"{QUANTITY_MAX}", Quantity.NUMBER, QUANTITY_MAX),
        (f"{QUANTITY_MAX + 1}", Quantity.WORD, None),
    ],
)
def test_a_cell_says_how_many_or_why_not(cell: str, kind: Quantity, units: int | None) -> None:
    assert read(cell) == (kind, units)


@pytest.mark.parametrize("cell", ["1,000", "12,345", "5.000"])
def test_a_sign_that_may_be_of_thousands_is_left_to_the_user(cell: str) -> None:
    assert read_of_any_country(cell) == (Quantity.WORD, None)
    assert read_of_any_country("5,0") == (Quantity.ONE_READING, 5)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, QUANTITY_MAX), st.sampled_from(BLANKS), st.sampled_from(("", ",0", ".00")))
def test_thousands_in_any_blanks_are_the_number(units: int, blank: str, fraction: str) -> None:
    kind, read_units = read(f"{units:,}".replace(",", blank) + fraction)
    assert read_units == units
    assert kind is (Quantity.NUMBER if units < 1000 and not fraction else Quantity.ONE_READING)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"[-+>=]?[0-9 .,]{1,8}[+]?( шт)?", fullmatch=True))
def test_units_are_those_of_the_digits_or_none(cell: str) -> None:
    """Whatever is written: never a number that the digits do not say, never below zero."""
    for reading in (read, read_of_any_country):
        kind, units = reading(cell)
        has_units = kind in {Quantity.NUMBER, Quantity.ONE_READING, Quantity.AT_LEAST}
        assert has_units is (units is not None)
        if units:
            assert str(units) in "".join(c for c in cell if c in "0123456789")
