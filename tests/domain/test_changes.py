"""How changes are told."""

from __future__ import annotations

import pytest

from cloudstock.domain.changes import AS_SHOWN, TAKEN_BACK, note_label, sheet_note, undo_note
from cloudstock.language import speaking


@pytest.mark.parametrize(
    ("note", "russian"),
    [
        (AS_SHOWN, "как показывали кабинеты"),
        (TAKEN_BACK, "отменено: посчитано заново"),
        (undo_note(3), "отмена изменения 3"),
        # What people wrote is theirs.
        ("breakage", "breakage"),
        ("undo of change of plans", "undo of change of plans"),
        ("undo of change ", "undo of change "),
        ("", ""),
    ],
)
def test_notes_of_the_program_are_in_the_readers_language(note: str, russian: str) -> None:
    assert note_label(note) == note
    with speaking("ru"):
        assert note_label(note) == russian


@pytest.mark.parametrize(
    ("file", "english", "russian"),
    [
        ("stock.xlsx", "from stock.xlsx", "источник: stock.xlsx"),
        ("-", "from standard input", "источник: стандартный ввод"),
    ],
)
def test_a_note_of_a_sheet_names_no_command(file: str, english: str, russian: str) -> None:
    assert note_label(sheet_note(file)) == english
    with speaking("ru"):
        assert note_label(sheet_note(file)) == russian
