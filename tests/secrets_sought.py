"""Distinctive credentials, and a search for every form in which they could have got out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

# With every sign that some encoding changes. The signature of a token of Wildberries' is its
# secret part; what comes before it only tells its rights.
OZON_KEY = 'Oz0n-S3cr3t+key/"with"=\\signs%41&more'
WB_SIGNATURE = "V1ldb3rr13s-S1gnature_that-n0body-may-see-Zm9vYmFy"
YM_KEY = "ACMA:Y4nd3x-S3cr3t+key/that=n0body:m4y'see"

SHORTEST = 12


def forms(secret: str) -> dict[str, bytes]:
    """Return what a search looks for, by the name of the encoding."""
    raw = secret.encode()
    in_json = json.dumps(secret)[1:-1]
    found: dict[str, str] = {
        "plain": secret,
        "upper case": secret.upper(),
        "lower case": secret.lower(),
        "reversed": secret[::-1],
        "percent-encoded": quote(secret, safe=""),
        "percent-encoded but for slashes": quote(secret),
        "as in a form": quote_plus(secret),
        "in JSON": in_json,
        "in JSON, slashes escaped": in_json.replace("/", "\\/"),
        "in JSON in JSON": json.dumps(in_json)[1:-1],
        "reversed in JSON": json.dumps(secret[::-1])[1:-1],
        "in JSON, all escaped": "".join(f"\\u{ord(c):04x}" for c in secret),
        "repr": repr(secret)[1:-1],
        "repr of bytes": repr(raw)[2:-1],
        "hexadecimal": raw.hex(),
        "first half": secret[: max(SHORTEST, len(secret) // 2)],
        "second half": secret[-max(SHORTEST, len(secret) // 2) :],
    }
    # In the middle of something longer, base64 has three forms; their ends depend on the rest.
    for before in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            text = encode(b"\0" * before + raw).decode()
            inner = text[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
            found[f"{name}, {before} bytes in"] = inner
    told = {name: text.encode() for name, text in found.items()}
    told["UTF-16"] = secret.encode("utf-16-le")
    return told


class Search:
    """Looks for secrets in bytes, texts and files."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._sought = [
            (f"{place} {form}", raw)
            for place, secret in secrets.items()
            for form, raw in forms(secret).items()
        ]

    def found(self, where: str | bytes) -> list[str]:
        """Return which secrets are there, and in which form."""
        raw = where.encode("utf-8", "surrogateescape") if isinstance(where, str) else where
        return [name for name, sought in self._sought if sought in raw]

    def files(self, folder: Path, *, but: Iterable[str] = ()) -> Iterator[str]:
        """Yield what is found in the files of a folder, and in their names."""
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in but):
            for name in self.found(path.read_bytes()) + self.found(path.name):
                yield f"{path.name}: {name}"
