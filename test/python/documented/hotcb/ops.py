"""A request to a kernel, from any source."""

from dataclasses import dataclass
from typing import Any, Dict, Optional

KEYS = ("module", "op", "id", "params", "init", "enabled", "mode", "recipe_path", "adjust_path", "source", "target")


@dataclass
class Op:
    """One op. `record` is the line of the recipe that it came from."""

    module: str
    op: str
    id: Optional[str] = None
    params: Optional[Dict[str, Any]] = None
    init: Optional[Dict[str, Any]] = None
    enabled: Optional[bool] = None
    target: Optional[Dict[str, str]] = None
    mode: Optional[str] = None
    recipe_path: Optional[str] = None
    adjust_path: Optional[str] = None
    source: str = "external"
    record: Optional[dict] = None

    def as_payload(self):
        """The op as a ledger's payload: its keys that have a value."""
        return {key: getattr(self, key) for key in KEYS if getattr(self, key) is not None}


def op_of(record, source):
    """Reads a command's line, or a recipe's. Unknown keys are ignored; no module means the callbacks."""
    target = record.get("target")
    return Op(
        module=str(record.get("module") or "cb"),
        op=str(record.get("op")),
        id=None if record.get("id") is None else str(record["id"]),
        params=record.get("params"),
        init=record.get("init"),
        enabled=record.get("enabled"),
        target=target and {key: str(target[key]) for key in ("kind", "path", "symbol")},
        mode=record.get("mode") if source == "external" else None,
        recipe_path=record.get("recipe_path") if source == "external" else None,
        adjust_path=record.get("adjust_path") if source == "external" else None,
        source=source,
        record=record if source == "replay" else None,
    )
