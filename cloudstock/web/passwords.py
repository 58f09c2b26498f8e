"""The password: its hash in the configuration, and how a given one is compared with it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

# What it costs to try one password: 32 MiB and a fraction of a second (OWASP's advice of 2023).
COST_BITS = 15
BLOCK_SIZE = 8
PARALLEL = 3
SALT_BYTES = 16
HASH_BYTES = 32

# Beyond what OpenSSL asks for, which forgets its own bookkeeping.
SPARE_BYTES = 1024 * 1024

# Bounds of what a configuration may ask of this machine.
COST_BITS_MAX = 20
MEMORY_BYTES_MAX = 1024 * 1024 * 1024

LENGTH_MIN = 8
LENGTH_MAX = 1024


def hashed(password: str) -> str:
    """Return what the configuration keeps of a password: method, costs, salt, hash."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _scrypt(password, salt, COST_BITS, BLOCK_SIZE, PARALLEL, HASH_BYTES)
    return f"scrypt:{COST_BITS}:{BLOCK_SIZE}:{PARALLEL}:{_text(salt)}:{_text(digest)}"


def matches(password: str, kept: str) -> bool:
    """Tell whether a password is the one that `hashed` was given.

    Raises `ValueError` where `kept` is none of its results.
    """
    method, bits, block, parallel, salt, digest = kept.split(":")
    expected = _bytes(digest)
    if method != "scrypt" or not 1 <= int(bits) <= COST_BITS_MAX or not expected:
        raise ValueError("not a hash of ours")
    if len(password) > LENGTH_MAX:
        return False
    given = _scrypt(password, _bytes(salt), int(bits), int(block), int(parallel), len(expected))
    return hmac.compare_digest(given, expected)


def _scrypt(password: str, salt: bytes, bits: int, block: int, parallel: int, length: int) -> bytes:
    memory = 128 * block * (2**bits + parallel + 2) + SPARE_BYTES
    if memory > MEMORY_BYTES_MAX:
        raise ValueError("a hash that asks for more than 1 GiB")
    return hashlib.scrypt(
        # Typed or pasted, with or without accents composed: as the keyboard gave it.
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=2**bits,
        r=block,
        p=parallel,
        maxmem=memory,
        dklen=length,
    )


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
