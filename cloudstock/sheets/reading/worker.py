"""The process that reads one workbook, with limits of memory and time, and ends.

    python -m cloudstock.sheets.reading.worker FILE FOLDER ENCODING

Rows go to FOLDER (see `spool`), a `Report` to standard output, and one before it where the last
sheet begins: its rows may be read as they come. Whatever a file makes a library do,
it does it here.
"""

from __future__ import annotations

import errno
import resource
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from xml.parsers import expat

import msgspec

from cloudstock.sheets.reading import ods, xls, xlsx
from cloudstock.sheets.reading.parts import Parts
from cloudstock.sheets.reading.spool import (
    REASON_MAX,
    SPOOL_MAX,
    ZIP,
    Refused,
    Report,
    Spool,
    TooLarge,
    cpu_seconds,
)

MEMORY_MAX = 300 << 20
# Expat's own word for MemoryError.
NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]


def main(file: str, folder: str, encoding: str) -> None:
    """Read a workbook, and tell how it went."""
    _limit(Path(file).stat().st_size)
    report = read(file, folder, encoding, _tell)
    report.is_whole = True
    _tell(report)


def _tell(report: Report) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()


def read(file: str, folder: str, encoding: str, begun: Callable[[Report], object]) -> Report:
    """Read a workbook into files in `folder`, whatever it does to this process.

    `begun` is told what is known where the last sheet begins.
    """
    report = Report()
    try:
        spool = Spool(Path(folder), lambda names: begun(Report(report.form, list(names))))
        with closing(spool):
            _read(Path(file), spool, encoding, report)
        report.sheets = spool.names
    except (TooLarge, MemoryError):
        report.problem = "large"
    except OSError as error:
        _note(report, error)
    except Refused as error:
        report.problem, report.reason = error.problem, error.reason
    except ModuleNotFoundError as error:
        report.problem, report.reason = "missing", str(error.name)
    except Exception as error:  # noqa: BLE001 - over such files libraries raise what they like
        if isinstance(error, expat.ExpatError) and error.code == NO_MEMORY:
            report.problem = "large"
        else:
            report.problem, report.reason = "broken", _reason(error)
    return report


def _limit(size: int) -> None:
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_MAX),
        # The second one kills, the first one says why.
        (resource.RLIMIT_CPU, cpu_seconds(size)),
        (resource.RLIMIT_FSIZE, SPOOL_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        # A lower one may be set, and not every system has all of them.
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value + 1))


def _read(path: Path, spool: Spool, encoding: str, report: Report) -> None:
    with path.open("rb") as file:
        if file.read(len(ZIP)) == ZIP:
            report.form = "ZIP"
            _read_archive(Parts(file), spool, report)
            return
    report.form = "XLS"
    report.form = xls.read(path, spool, encoding or None)


def _read_archive(parts: Parts, spool: Spool, report: Report) -> None:
    if ods.is_one(parts):
        report.form = "ODS"
        ods.read(parts, spool)
        return
    workbook = xlsx.workbook_part(parts)
    if workbook.endswith(".bin"):
        raise Refused("binary")
    if not workbook:
        raise Refused("archive")
    report.form = "XLSX"
    xlsx.read(parts, spool, workbook)


def _note(report: Report, error: OSError) -> None:
    """Tell what is the system's doing, and what the file's: places where it has nothing."""
    if error.errno == errno.EFBIG:
        report.problem = "large"
    elif error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE):
        report.problem, report.reason = "system", str(error.errno)
    else:
        report.problem, report.reason = "broken", _reason(error)


def _reason(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:REASON_MAX]


if __name__ == "__main__":
    main(*sys.argv[1:])
