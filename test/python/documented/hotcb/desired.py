"""`hotcb.yaml`: the wanted values, as ops."""

from .ops import op_of


def desired_ops(path):
    """Every op that the document describes, each time it is read; none without PyYAML."""
    try:
        import yaml

        with open(path, "r", encoding="utf-8") as file:
            wanted = yaml.safe_load(file) or {}
    except (ImportError, OSError):
        return []
    records = []
    core = wanted.get("core") or {}
    if core.get("freeze_mode"):
        records.append({"module": "core", "op": "freeze", "mode": core["freeze_mode"], **(core.get("replay") or {})})
    for id_, spec in ((wanted.get("cb") or {}).get("callbacks") or {}).items():
        load = {key: spec[key] for key in ("target", "init") if key in spec}
        records.append({"module": "cb", "op": "load", "id": id_, "enabled": spec.get("enabled", True), **load})
        if spec.get("params"):
            records.append({"module": "cb", "op": "set_params", "id": id_, "params": spec["params"]})
    for module in ("opt", "loss"):
        spec = wanted.get(module) or {}
        if spec.get("params"):
            head = {"module": module, "op": "set_params", "id": spec.get("id", "main")}
            records.append({**head, "params": spec["params"]})
    if "tune" in wanted:
        spec = wanted["tune"] or {}
        op = "enable" if spec.get("enabled") else "disable"
        records.append({"module": "tune", "op": op, "params": {"mode": spec.get("mode", "active")}})
    return [op_of(record, "yaml") for record in records]
