"""Troubles of the book and of the disk it is on."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "{path} is held by another program; try again later": (
        "{path} занят другой программой; повторите позже"
    ),
    "{path}: the disk is full; nothing was lost, make room": (
        "{path}: диск заполнен; ничего не потеряно, освободите место"
    ),
    "{path}: {error}; restore a backup or name another file": (
        "{path}: {error}; восстановите копию или укажите другой файл"
    ),
    "{path} does not exist yet; `cloudstock pull-catalog` makes it": (
        "{path} ещё нет; его создаёт `cloudstock pull-catalog`"
    ),
}
