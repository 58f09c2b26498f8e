"""No clothes that a key may wear get it past the redactor, and honest texts keep their letters."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.texts import is_fit, plain_json
from cloudstock.redaction import HIDDEN, BodyRedactor, Redactor, Secret, without_keys

KEY = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def read(written: str, *secrets: str) -> object:
    """Return what is read from an answer in which texts are written so."""
    redact = BodyRedactor(map(Secret, secrets or (KEY,)))
    return json.loads(redact(plain_json(f'{{"name": "a {written} b"}}'.encode())))["name"]


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        "".join(f"\\u{ord(c):04x}" for c in KEY),
        "".join(f"\\u{ord(c):04X}" if n % 3 else c for n, c in enumerate(KEY)),
        *(sign.join(KEY) for sign in ("\\u200b", "\u200b", "\\u00ad", "\\ufeff", "\\n", "\\u0007")),
        "\\udb40\\udc41".join(KEY),
        KEY[:17] + "\\u2060\\u2060" + KEY[17:],
    ],
    ids=lambda text: text[:12],
)
def test_a_key_is_known_in_any_clothes_that_json_has(written: str) -> None:
    assert read(written) == f"a {HIDDEN} b"


def test_a_key_in_pieces_is_known_by_each_of_them() -> None:
    body = json.dumps({"name": KEY[:18], "status": KEY[18:], "id": KEY[24:]}).encode()
    assert json.loads(BodyRedactor([Secret(KEY)])(body)) == dict.fromkeys(
        ("name", "status", "id"), HIDDEN
    )
    assert Redactor([Secret(KEY)])(f"got {KEY[3:30]}!") == f"got {HIDDEN}!"


def test_an_answer_of_nothing_but_pieces_is_read_as_fast_as_any() -> None:
    """Hours, where each piece has the text copied."""
    count = 300_000
    body = f'"{" ".join([KEY[:14]] * count)}"'.encode()
    assert BodyRedactor([Secret(KEY)])(body) == f'"{" ".join([HIDDEN] * count)}"'.encode()


@pytest.mark.parametrize("token", ["-eyJ", "-eyJ12345678", "eyJ12345678.", "A", "AAA:"])
def test_what_begins_like_many_keys_is_looked_at_once(token: str) -> None:
    text = token * (2_000_000 // len(token))
    assert without_keys(f"{text} {KEY}") == f"{without_keys(text)} {HIDDEN}"


def test_the_address_in_which_a_key_stands_is_no_part_of_it() -> None:
    redact = Redactor([Secret(f"https://beats.example/ping/{KEY}")])
    assert (
        redact(f"https://beats.example/ping/{KEY[:20]}") == f"https://beats.example/ping/{HIDDEN}"
    )


@pytest.mark.parametrize(
    ("secret", "text", "told"),
    [
        ("k", "key k is kept", "key k is kept"),
        ("key1", "monkey1 key10 key1.", "monkey1 key10 ***."),
        ("long-key", "a-long-key-b", "a-***-b"),
    ],
)
def test_a_short_secret_shreds_no_message(secret: str, text: str, told: str) -> None:
    assert Redactor([Secret(secret)])(text) == told


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.booleans())
def test_every_text_is_read_as_it_is_but_what_no_database_holds(
    text: str, ascii_only: bool
) -> None:
    body = plain_json(json.dumps({"name": text}, ensure_ascii=ascii_only).encode())
    assert json.loads(BodyRedactor([Secret(KEY)])(body))["name"] == text.replace("\0", "\ufffd")


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\uDFFF", "\\udc00\\ud800x"])
def test_what_no_database_holds_is_replaced(escape: str) -> None:
    name = read(escape)
    assert isinstance(name, str)
    assert is_fit(name)
    assert "\ufffd" in name


def test_a_backslash_before_them_makes_letters_of_escapes() -> None:
    assert read("\\\\u0000 \\\\\\\\ud800") == "a \\u0000 \\\\ud800 b"


def test_an_answer_of_escapes_takes_little_more_than_itself() -> None:
    body = b'"' + b"\\u0041" * 500_000 + b'"'
    tracemalloc.start()
    try:
        assert plain_json(body) == b'"' + b"A" * 500_000 + b'"'
        assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    finally:
        tracemalloc.stop()
