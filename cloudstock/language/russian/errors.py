"""What the entry tells when a run ends otherwise than planned."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "stopped; what was done is kept, the next run goes on from there": (
        "остановлено; сделанное сохранено, следующий запуск продолжит с этого места"
    ),
}
