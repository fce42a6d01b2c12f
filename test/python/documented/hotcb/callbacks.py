"""The module `cb`: classes from files and modules, which receive every event."""

import hashlib
import importlib
import os
import traceback
import types


class Callbacks:
    """Loads, switches and dispatches. Errors in a callback are in the log; its ledger line contains `applied`."""

    def __init__(self, log_path, sources_dir):
        self.log_path = log_path
        self.sources_dir = sources_dir
        self.handles = {}

    def apply(self, op, env):
        """Carries out an op; returns the payload of its line, or None for the op itself."""
        payload = dict(op.params or {})
        target = dict(op.target) if op.target else None
        if op.op == "load" and target and target["kind"] == "python_file":
            captured = ((op.record or {}).get("source_capture") or {}).get("captured_path")
            if op.source != "replay":
                payload.update(self._capture(target["path"]))
            elif captured and os.path.exists(captured):
                target["path"] = captured
            elif captured:
                payload["capture_missing_fallback"] = True
        handle = self.handles.setdefault(op.id or "", {"instance": None, "enabled": True, "params": {}})
        try:
            self._do(op, target, handle, env)
            self._log(env, f"{op.op} {op.id}")
        except Exception as error:
            self._log(env, f"{op.op} {op.id} failed: {error}")
        return payload or None

    def dispatch(self, events, env):
        """Passes the events to every enabled callback; one that throws is disabled."""
        for event in events:
            for id_, handle in self.handles.items():
                if not handle["enabled"] or handle["instance"] is None:
                    continue
                try:
                    if handle["params"]:
                        handle["instance"].set_params(**handle["params"])
                    handle["instance"].handle(event, env)
                except Exception:
                    handle["enabled"] = False
                    self._log(env, f"{id_} is disabled: {traceback.format_exc()}")

    def _do(self, op, target, handle, env):
        if op.op == "load":
            if handle["instance"] is None:
                init = {"id": op.id, **(op.init or {})}
                handle["instance"] = _symbol(target)(**init)
                if hasattr(handle["instance"], "on_attach"):
                    handle["instance"].on_attach(env)
            handle["enabled"] = handle["enabled"] if op.enabled is None else bool(op.enabled)
        elif op.op == "set_params":
            handle["params"].update(op.params or {})
            if handle["instance"] is not None:
                handle["instance"].set_params(**(op.params or {}))
        elif op.op == "unload":
            instance, handle["instance"], handle["enabled"] = handle["instance"], None, False
            if hasattr(instance, "close"):
                instance.close()
        elif op.op in ("enable", "disable"):
            handle["enabled"] = op.op == "enable"
        else:
            self._log(env, f"unknown op {op.op}")

    def _capture(self, path):
        try:
            with open(path, "rb") as file:
                source = file.read()
        except OSError:
            return {}
        digest = hashlib.sha256(source).hexdigest()
        captured = os.path.join(self.sources_dir, f"{digest}.py")
        os.makedirs(self.sources_dir, exist_ok=True)
        with open(captured, "wb") as file:
            file.write(source)
        return {"source_capture": {"sha256": digest, "captured_path": captured}}

    def _log(self, env, message):
        line = f"[hotcb.cb] {message.rstrip()}"
        if callable(env.get("log")):
            env["log"](line)
        with open(self.log_path, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _symbol(target):
    if target["kind"] == "module":
        return getattr(importlib.import_module(target["path"]), target["symbol"])
    module = types.ModuleType("hotcb_cb_dynamic")
    module.__file__ = target["path"]
    with open(target["path"], "r", encoding="utf-8") as file:
        exec(compile(file.read(), target["path"], "exec"), module.__dict__)
    return getattr(module, target["symbol"])
