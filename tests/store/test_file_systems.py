"""Where a database lies is read from what Linux says of its mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudstock.store.file_systems import MOUNTS, network_file_system

LINES = r"""
22 28 0:20 / /proc rw,nosuid - proc proc rw
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
31 28 0:50 / /mnt rw,relatime - ext4 /dev/vdb1 rw
40 31 0:51 / /mnt/nas rw,relatime shared:2 - nfs4 nas:/export rw,vers=4.2
41 31 0:52 / /mnt/my\040share rw - cifs //nas/share rw
42 31 0:53 / /mnt/ssh rw - fuse.sshfs me@host:/home rw
43 31 0:54 / /mnt/usb rw - fuseblk /dev/sdc1 rw
44 40 0:55 / /mnt/nas/disk rw - xfs /dev/vdc1 rw
45 31 0:56 / /mnt/twice rw - nfs nas:/a rw
46 45 0:57 / /mnt/twice rw - btrfs /dev/vdd1 rw
47 31 0:58 / /mnt/host rw - 9p host rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/cloudstock/cloudstock.db", None),
        ("/mnt/nas/cloudstock.db", "nfs4"),
        ("/mnt/nasty/cloudstock.db", None),
        ("/mnt/my share/cloudstock.db", "cifs"),
        ("/mnt/ssh/deep/cloudstock.db", "fuse.sshfs"),
        ("/mnt/usb/cloudstock.db", None),
        ("/mnt/nas/disk/cloudstock.db", None),
        ("/mnt/twice/cloudstock.db", None),
        ("/mnt/host/cloudstock.db", "9p"),
    ],
)
def test_a_network_file_system_is_known_by_its_mount(path: str, kind: str | None) -> None:
    assert network_file_system(Path(path), LINES) == kind


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("/mnt/nas/cloudstock.db")
    assert network_file_system(tmp_path / "link.db", LINES) == "nfs4"


@pytest.mark.skipif(not MOUNTS.exists(), reason="no Linux")
def test_a_disk_of_this_machine_is_none() -> None:
    assert network_file_system(MOUNTS) is None
