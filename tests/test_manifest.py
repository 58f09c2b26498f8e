"""The manifest is one that Kubernetes takes, and one round at a time works on a book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudstock.config.loading import load
from tests.manifest import documents, of_kind


def _pod() -> dict[str, Any]:
    pod: dict[str, Any] = of_kind("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return pod


def _containers() -> Iterator[dict[str, Any]]:
    yield from _pod()["initContainers"]
    yield from _pod()["containers"]


def test_every_document_fits_the_schema_of_kubernetes() -> None:
    """Strictly: no unknown field. The schemas come with `pip install 'cloudstock[cluster]'`."""
    validator = pytest.importorskip("kubernetes_validate")
    for document in documents():
        validator.validate(document, validator.latest_version(), strict=True)
    wrong = of_kind("CronJob")
    wrong["spec"]["concurrencyPolicies"] = "Forbid"
    with pytest.raises(validator.ValidationError):
        validator.validate(wrong, validator.latest_version(), strict=True)


def test_one_round_at_a_time_and_no_pile_of_late_ones() -> None:
    job = of_kind("CronJob")["spec"]
    assert job["schedule"] == "* * * * *"
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["startingDeadlineSeconds"] < 60
    assert job["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert _pod()["restartPolicy"] == "Never"
    # Two pods on one book would be two Litestreams.
    assert of_kind("PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteOncePod"]


def test_what_is_mounted_is_there_and_used_where_it_is_mounted() -> None:
    volumes = {v["name"]: v for v in _pod()["volumes"]}
    settings = of_kind("ConfigMap")
    assert volumes["settings"]["configMap"]["name"] == settings["metadata"]["name"]
    claim = volumes["book"]["persistentVolumeClaim"]["claimName"]
    assert claim == of_kind("PersistentVolumeClaim")["metadata"]["name"]
    for container in _containers():
        mounts = {m["mountPath"]: m["name"] for m in container["volumeMounts"]}
        assert set(mounts.values()) == set(volumes)
        words = " ".join(container["command"]).split()
        named = {w for w in words if w.startswith("/")} | {e["value"] for e in container["env"]}
        for path in map(Path, named):
            assert mounts[str(path.parent)] == "settings"
            assert path.name in settings["data"]


def test_no_key_is_in_it_and_its_configuration_loads(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(of_kind("ConfigMap")["data"]["config.yaml"], encoding="utf-8")
    file.chmod(0o600)
    (account,) = load(file, {"OZON_API_KEY": "a"}).configuration.accounts
    assert [s.reveal() for s in account.secrets.values()] == ["a"]
    for container in _containers():
        assert [e["name"] for e in container["env"]] == ["CLOUDSTOCK_CONFIG"]
        assert container["envFrom"] == [{"secretRef": {"name": "cloudstock"}}]
