"""The kernel: reads commands between two steps, and writes their outcomes."""

import json
import os
import time

from .callbacks import Callbacks
from .desired import desired_ops
from .files import Cursor, append_line, modified
from .freeze import FreezeState
from .ops import Op, op_of
from .recipe import Player

NOT_PARAMS = ("opt_idx", "group", "groups", "id")


class HotKernel:
    """One run directory's kernel. `apply` is called once a step, `close` at the end."""

    def __init__(self, run_dir, debounce_steps=1, mutable_state=None):
        self.run_dir = run_dir
        self.debounce_steps = max(1, int(debounce_steps))
        self.state = mutable_state
        self.ledger_path = self._path("hotcb.applied.jsonl")
        self.freeze = FreezeState.load(self._path("hotcb.freeze.json"))
        self.player = Player(self.freeze)
        self.cursor = Cursor(self._path("hotcb.commands.jsonl"))
        self.callbacks = Callbacks(self._path("hotcb.log"), self._path("hotcb.sources"))
        self.tune_mode = "off"
        self.calls = 0
        self.yaml_time = 0.0
        self.described = False
        self.seq = _count_lines(self.ledger_path)

    def apply(self, env, events):
        """A safe point: freeze, YAML, commands, the recipe's entries for the events, then the callbacks."""
        self.calls += 1
        # Step 0 counts as a missing step.
        step = int(env.get("step") or self.calls)
        first = events[0] if events else "unknown"
        if self.state is not None and not self.described:
            self.state.initialize(env)
            self._describe()
        due = []
        if self.calls % self.debounce_steps == 0:
            self._look_at_freeze()
            due += [(op, first) for op in self._yaml_ops()]
            due += [(op_of(record, "external"), first) for record in self.cursor.read()]
        if self.freeze.mode in ("replay", "replay_adjusted"):
            for event in events or [first]:
                due += [(op, event) for op in self.player.due(step, event)]
        for op, event in due:
            self._take(op, env, event, step)
        self.callbacks.dispatch(events, env)

    def close(self, env=None):
        """Writes the entries that a replay did not reach; under the policy `strict` that is an error."""
        if self.freeze.mode not in ("replay", "replay_adjusted"):
            return
        step = int((env or {}).get("step", self.calls))
        remaining = self.player.remaining
        for entry in remaining:
            op = Op(str(entry.record.get("module")), str(entry.record.get("op")), entry.record.get("id"), source="replay")
            missed = f"missed_step:{entry.step}:{entry.event}"
            notes = f"{self.freeze.policy}{'_policy' if self.freeze.policy == 'strict' else ''}_missed"
            self._write(op, env or {}, "run_end", step, "failed", payload=entry.record, error=missed, notes=notes)
        if remaining and self.freeze.policy == "strict":
            raise RuntimeError(
                f"Strict replay policy: {len(remaining)} recipe entries not applied (run ended at step {step})"
            )

    def _take(self, op, env, event, step):
        if op.source == "external" and op.module != "core" and self.freeze.mode != "off":
            decision = "ignored_freeze" if self.freeze.mode == "prod" else "ignored_replay"
            self._write(op, env, event, step, decision, payload=op.as_payload())
        elif op.module == "core":
            self._take_core(op, env, event, step)
        elif op.module == "cb":
            payload = self.callbacks.apply(op, env)
            self._write(op, env, event, step, "applied", payload=payload or op.as_payload())
        elif op.module == "tune":
            self.tune_mode = {"enable": (op.params or {}).get("mode", "active"), "disable": "off"}.get(op.op, self.tune_mode)
            self._write(op, env, event, step, "applied", payload={"mode": self.tune_mode})
        elif self.state is None:
            self._write(op, env, event, step, "failed", payload=op.as_payload(), error="no_mutable_state")
        else:
            self._take_params(op, env, event, step)

    def _take_core(self, op, env, event, step):
        path = self._path("hotcb.freeze.json")
        if op.op == "freeze":
            now = self.freeze
            recipe, adjust = op.recipe_path or now.recipe_path, op.adjust_path or now.adjust_path
            payload = FreezeState(op.mode or "off", recipe, adjust, now.policy, now.step_offset).save(path)
        elif op.op == "unfreeze":
            if os.path.exists(path):
                os.remove(path)
            payload = {"mode": "off"}
        else:
            self._write(op, env, event, step, "ignored", payload=op.as_payload(), error=f"unknown_core_op:{op.op}")
            return
        self._look_at_freeze()
        self._write(op, env, event, step, "applied", payload=payload)

    def _take_params(self, op, env, event, step):
        params = op.params or {}
        if op.op in ("enable", "disable"):
            key = params.get("key") or op.id
            if key:
                getattr(self.state, op.op)(key)
                self._write(op, env, event, step, "applied", payload=op.as_payload())
            else:
                self._write(op, env, event, step, "failed", payload=op.as_payload(), error="missing_param_key")
            return
        if op.op != "set_params":
            self._write(op, env, event, step, "ignored", payload=op.as_payload(), notes=f"unknown_op:{op.op}")
            return
        if "key" in params and "value" in params:
            pairs = {params["key"]: params["value"]}
        else:
            pairs = {key: value for key, value in params.items() if key not in NOT_PARAMS and value is not None}
        reasons = {key: self.state.apply(key, value, env) for key, value in pairs.items()}
        done = {key: pairs[key] for key, reason in reasons.items() if reason is None}
        trouble = "; ".join(f"{key}: {reason}" for key, reason in reasons.items() if reason is not None)
        if done:
            self._write(op, env, event, step, "applied", payload=done, notes=trouble or None)
            self._describe()
        else:
            self._write(op, env, event, step, "failed", payload=op.as_payload(), error=trouble or "no_params")

    def _look_at_freeze(self):
        if modified(self._path("hotcb.freeze.json")) == self.freeze.time:
            return
        self.freeze = FreezeState.load(self._path("hotcb.freeze.json"))
        if self.player.is_stale(self.freeze):
            self.player = Player(self.freeze)
        self.player.offset = self.freeze.step_offset

    def _yaml_ops(self):
        path = self._path("hotcb.yaml")
        time_ = modified(path)
        if time_ == self.yaml_time:
            return []
        self.yaml_time = time_
        return desired_ops(path)

    def _describe(self):
        with open(self._path("hotcb.actuators.json"), "w", encoding="utf-8") as file:
            json.dump({"controls": self.state.describe_all()}, file)
        self.described = True

    def _write(self, op, env, event, step, decision, payload=None, error=None, notes=None):
        self.seq += 1
        line = {"seq": self.seq, "step": step, "epoch": env.get("epoch"), "event": event, "phase": env.get("phase")}
        line.update({"module": op.module, "op": op.op, "id": op.id, "source": op.source, "decision": decision})
        line.update({"params": op.params, "payload": payload, "error": error, "traceback": None, "notes": notes})
        append_line(self.ledger_path, {**line, "wall_time": time.time()})

    def _path(self, name):
        return os.path.join(self.run_dir, name)


def _count_lines(path):
    try:
        with open(path, "rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return 0
