"""Benchmarks of suppliers' lists: more columns than are asked for, and most rows unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cloudstock.sheets.workbook import Look, write
from tests.benchmarks.bulk import MB
from tests.benchmarks.data import Shape, build, sku_of
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.measure import cloudstock

HEADER = ("Бренд", "Артикул", "Наименование", "Остаток", "Цена")


def lists(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What taking a supplier's list costs: all of its goods known, or a few of them."""
    scale = sizes.listed / 200_000
    for known, asked in (
        (sizes.listed, {"csv": 8.0, "xlsx": 10.0}),
        (sizes.listed_known, {"csv": 2.0, "xlsx": None}),
    ):
        for form, asked_s in asked.items():
            own = folder / f"{known}-{form}"
            build(own, Shape(known, accounts=1))
            file = own / f"list.{form}"
            _made(file, sizes.listed, known)
            used = cloudstock("import-stock", file.name, "--skip-unknown", "--yes", folder=own)
            note = f"{sizes.listed:,} rows, {known:,} known, {used.cpu_s:.1f} s CPU"
            what = f"import-stock of a list, {form.upper()}"
            yield Figure(f"{what}: wall", "s", asked_s and asked_s * scale, used.wall_s, note)
            yield Figure(f"{what}: memory", "MB", 200.0, used.peak_mib * MB, note)


def _made(file: Path, rows: int, known: int) -> None:
    """Write a list in which the goods that are known stand at equal distances."""
    if file.suffix == ".csv":
        with file.open("w", encoding="cp1251", newline="") as out:
            out.writelines(f"{';'.join(map(str, row))}\r\n" for row in _rows(rows, known))
        return
    look = Look("Прайс", [HEADER], [12] * len(HEADER), {3})
    with file.open("wb") as out:
        goods = _rows(rows, known)
        next(goods)
        write(out, look, goods, name=file.name)


def _rows(rows: int, known: int) -> Iterator[tuple[str | int, ...]]:
    yield HEADER
    every = rows // known
    for number in range(1, rows + 1):
        sku = f"ZZ-{number}" if number % every else sku_of(number // every)
        yield ("Завод", sku, f"Кружка эмалированная {number}", number % 90, f"{number % 900},50")
