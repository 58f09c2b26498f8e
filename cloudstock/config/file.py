"""Where the configuration file lies, and who else on this machine may read or change it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cloudstock.config.yamlfile import Document
from cloudstock.errors import ConfigurationError
from cloudstock.language import tr

# What others than a file's owner may do with it.
_READ = stat.S_IRGRP | stat.S_IROTH
_CHANGE = stat.S_IWGRP | stat.S_IWOTH


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the file to read: the one named, or the first that is there.

    Order: `explicit`, `$CLOUDSTOCK_CONFIG`, `config.yaml` in `cwd`, the XDG configuration folder,
    /etc. A file that was named is returned even where it is missing, so that no other takes its
    place, and `load` tells of its owner; one that was only found in `cwd` or in the personal folder
    is refused where another user wrote it. Raises `ConfigurationError`, also
    where there is none.
    """
    if explicit is not None:
        return explicit
    if named := environ.get("CLOUDSTOCK_CONFIG"):
        return Path(named).expanduser()
    places = [cwd / "config.yaml", *_personal(environ), Path("/etc/cloudstock/config.yaml")]
    for place in places:
        if _is_there(place):
            # Into the last one only root can have put it.
            if place is not places[-1]:
                _refuse_foreign(place)
            return place
    raise ConfigurationError(
        tr(
            "no configuration found; looked for {places}; `cloudstock init` writes one",
            places=", ".join(str(p) for p in places),
        )
    )


def _personal(environ: Mapping[str, str]) -> list[Path]:
    # The XDG specification has relative values ignored.
    folder = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not folder.is_absolute():
        home = environ.get("HOME")
        if not home:
            return []
        folder = Path(home) / ".config"
    return [folder / "cloudstock" / "config.yaml"]


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:
        # A folder closed to us: to say so is better than to go on with another file.
        return True


def _refuse_foreign(place: Path) -> None:
    """Refuse a file that was not named and is somebody else's, who would be sent the keys."""
    if owner := _stranger(place):
        raise ConfigurationError(
            tr(
                "{path} belongs to another user ({owner}), who may change where your keys are"
                " sent, and is not used; if you mean it: --config {path}",
                path=place,
                owner=owner,
            )
        )


def _stranger(file: Path) -> str:
    """Return who else than root owns a file, or the link to it; "": nobody else."""
    with suppress(OSError):
        owners = {file.lstat().st_uid, file.stat().st_uid}
        return ", ".join(map(_user, sorted(owners - {0, os.geteuid()})))
    return ""


def _user(uid: int) -> str:
    # Rarely needed.
    from pwd import getpwuid

    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def warnings(document: Document) -> tuple[str, ...]:
    """Tell files that other users of the machine may read or change though keys depend on them."""
    path = document.path
    holders = {f: place for f, place in document.secret_files.items() if not _mounted(f)}
    if document.literal_secrets:
        # One may have been looked at twice.
        holders[path] = ", ".join(dict.fromkeys(document.literal_secrets))
    messages = [
        tr(
            "{file} holds {places} and other users of this machine may read or change it;"
            " run: chmod 600 {file}",
            file=file,
            places=places,
        )
        for file, places in holders.items()
        if _may(file, _READ | _CHANGE)
    ]
    messages += [
        tr(
            "{file} belongs to another user ({owner}), who may change it, and with it where your"
            " keys are sent; use a copy of your own, or run: chown {user} {file}",
            file=file,
            owner=owner,
            user=_user(os.geteuid()),
        )
        for file in dict.fromkeys((path, *holders))
        if (owner := _stranger(file))
    ]
    if path not in holders and _may(path, _CHANGE):
        messages.append(
            tr(
                "{path}: other users of this machine may change it, and with it where your"
                " keys are sent; run: chmod go-w {path}",
                path=path,
            )
        )
    return tuple(messages)


def _may(file: Path, what: int) -> bool:
    """Tell whether others than its owner may do something of this with a file."""
    state = file.stat()
    if state.st_uid == 0 != os.geteuid():
        # Root's, for a group of which we are one: else we could not read it.
        what &= ~stat.S_IRGRP
    return bool(state.st_mode & what)


def _mounted(file: Path) -> bool:
    # Containers mount secrets there, readable by all and in a machine without other users.
    return file.is_relative_to("/run/secrets")
