"""The program in Russian: who decides, and that nothing of it stays English."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cloudstock.__main__ import main
from cloudstock.cli import SECTIONS
from cloudstock.config.loading import load
from tests.store.trade import CONFIG

EXAMPLE = Path(__file__).parents[1] / "config.example.yaml"
NO_BOOK = {"en": "there is no database", "ru": "нет базы данных"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def configure(folder: Path, language: str = "") -> None:
    config = folder / "config.yaml"
    asked = f"language: {language}\n" if language else ""
    config.write_text(asked + CONFIG, encoding="utf-8")
    config.chmod(0o600)


@pytest.mark.parametrize(
    ("environment", "configured", "words", "spoken"),
    [
        ("en", "", ["status"], "en"),
        ("ru", "", ["status"], "ru"),
        ("en", "ru", ["status"], "ru"),
        ("ru", "en", ["status"], "en"),
        ("en", "en", ["--lang", "ru", "status"], "ru"),
        ("en", "en", ["status", "--lang=ru"], "ru"),
        ("ru", "ru", ["status", "--lang", "en"], "en"),
        ("ru", "ru", ["--lang", "ru", "status", "--lang", "en"], "en"),
        # As typer reads it: two short options in one word.
        ("ru", "en", ["status", "-qv", "--lang", "ru"], "ru"),
    ],
)
def test_the_option_beats_the_configuration_beats_the_environment(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: str,
    configured: str,
    words: list[str],
    spoken: str,
) -> None:
    monkeypatch.setenv("CLOUDSTOCK_LANG", environment)
    configure(folder, configured)
    assert main(words) == 78
    assert NO_BOOK[spoken] in capsys.readouterr().err


def test_mistakes_in_a_configuration_are_told_in_its_language(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(folder, "tlh")
    assert main(["status"]) == 78
    assert 'config.yaml:1: language: expected en or ru, got "tlh"' in capsys.readouterr().err


def test_what_is_wrong_in_a_configuration_is_told_in_russian(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "config.yaml").write_text(
        "language: ru\n"
        "datbase: book.db\n"
        "max_poll_age: 5\n"
        "stock: {share: 200%}\n"
        "accounts:\n"
        "  a b: {marketplace: ozon, client_id: 12, api_key: k, warehouses: {1: main, 2: main}}\n"
        "  c: {marketplace: wildberries, token_file: nope, pace: 2}\n"
    )
    assert main(["status"]) == 78
    error = capsys.readouterr().err
    assert "datbase: неизвестный ключ; может быть," in error
    assert "указано: число; возьмите в кавычки" in error
    assert "/nope: нет такого файла или папки" in error
    assert "1 и 2 пополняются со склада" in error
    assert len(error.splitlines()) == 9
    told = [line.split(": ", 3)[-1] for line in error.splitlines()]
    assert english_in(re.sub(r'"[^"]*"|\{[^}]*\}|/\S+', "", "\n".join(told))) == []


def test_init_writes_its_comments_in_russian(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "ru", "init"]) == 0
    capsys.readouterr()
    written = (folder / "config.yaml").read_text(encoding="utf-8")
    prose = [line.rpartition("# ")[2] for line in written.splitlines() if "# " in line]
    assert english_in("\n".join(prose)) == []
    for name in ("OZON_API_KEY", "WB_TOKEN", "YM_API_KEY"):
        monkeypatch.setenv(name, "key")
    russian = load(folder / "config.yaml", os.environ).configuration
    english = load(EXAMPLE, os.environ).configuration
    assert russian.language == "ru"
    assert russian.accounts == english.accounts
    # Every setting stands where it stands in the English one.
    bare = [re.sub(r"#[^\n]*", "", t).split() for t in (written, EXAMPLE.read_text())]
    assert [x for x in bare[0] if x not in ("language:", "ru")] == bare[1]


@pytest.mark.parametrize("name", [[], *([n] for _, _, names in SECTIONS for n in names)])
def test_the_help_has_no_english_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], name: list[str]
) -> None:
    assert main([*name, "--lang", "ru", "--help"]) == 0
    told = capsys.readouterr().out
    assert english_in(told) == []
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Использование: cloudstock [ПАРАМЕТРЫ] КОМАНДА"),
        (["nope"], "Ошибка: Нет команды 'nope'."),
        (["shw-stock"], "Нет команды 'shw-stock'. Может быть, 'show-stock'"),
        (["sync", "--fulll"], "Нет параметра --fulll (может быть, --full)"),
        (["sync", "--nope"], "Нет параметра --nope"),
        (["sync", "--since"], "Параметру '--since' нужно значение."),
        (["sync", "--json=1"], "Параметр '--json' не принимает значения."),
        (["adjust-stock", "MUG", "-3"], "Не указан параметр '--reason'."),
        (["set-stock", "MUG"], "Не указан аргумент 'N'."),
        (["set-stock", "MUG", "three"], "Неверное значение 'N': 'three' — не целое число"),
        (["sync", "--since", "yesterday"], "'yesterday' — ни промежуток"),
        (["sync", "--since", "99999d"], "больше 0 и не больше десяти лет"),
        (["sync", "--wait", "soon"], "Неверное значение '--wait': ожидается число"),
        (["sync", "--wait", "9999"], "ожидается число не больше 3600"),
        (["show-orders", "--limit", "-1"], "ожидается число не меньше 0"),
        (["show-orders", "--limit", "1e3"], "ожидается целое число"),
        (["show-orders", "--step", "lost"], "'lost'"),
        (["sync", "4", "5"], "Лишние аргументы: 4 5"),
    ],
)
def test_wrong_usage_is_told_in_russian(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["--lang", "ru", *words]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert english_in(error) == []


def test_typers_own_words_are_russian_in_a_process_of_its_own(folder: Path) -> None:
    """Typer asks gettext for some of them but once."""
    told = subprocess.run(
        [sys.executable, "-m", "cloudstock", "set-stock", "--help"],
        env={**os.environ, "CLOUDSTOCK_LANG": "ru", "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "[обязательно]" in told
    assert "[по умолчанию: (сейчас)]" in told
    assert english_in(told) == []


# What stays as it is typed.
TYPED = re.compile(r"`[^`]*`|'[^']*'|--?[a-z][\w-]*|\bcloudstock\b[^\n]*|\b(?:cat|pip)\b[^\n]*")


def english_in(text: str) -> list[str]:
    """Return pairs of English words that are not to be typed: sentences have some."""
    return re.findall(r"[A-Za-z]{2,} [A-Za-z]{2,}", TYPED.sub("·", text))
