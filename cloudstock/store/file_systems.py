"""On which kind of file system a file lies: SQLite needs locks and writes that keep their word."""

from __future__ import annotations

import re
from pathlib import Path

# What Linux says of the mounts that a process sees.
MOUNTS = Path("/proc/self/mountinfo")
# Those that reach the disk of another machine, of which SQLite's own manual warns.
_NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|glusterfs|gfs2?|ocfs2|ncpfs|davfs|beegfs"
    r"|fuse\.(?!(fuseblk|ext\w*|ntfs\S*|bindfs|mergerfs|fuse-overlayfs)$).*)"
)


def network_file_system(path: Path, mounts: str | None = None) -> str | None:
    """Return the type of the network file system that a path lies on; None: on none.

    `mounts`: lines as in /proc/self/mountinfo; read from there if not given. Where a machine has no
    such file nothing is known, and None is returned.
    """
    if mounts is None:
        try:
            mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    place = path.resolve()
    holds, kind = Path(), ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        mount = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[4]))
        # The later of two in one place hides the earlier.
        if place.is_relative_to(mount) and len(mount.parts) >= len(holds.parts):
            holds, kind = mount, after.split(" ")[0]
    return kind if _NETWORK.fullmatch(kind) else None
