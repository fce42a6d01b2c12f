/** The file `hotcb_trial.py`, with which a Python training run reports to its sweep. It needs only the standard library. */
export const PYTHON_CLIENT: string = String.raw`"""Lets a trial's training run report to its sweep. Needs only the standard library.

    from hotcb_trial import TrialPruned, log_result, params

    learning_rate = params()["lr"]
    log_result("val_loss", loss, step=100)   # one point of a curve
    log_result("accuracy", 0.97)             # a final value

The directory of this file is on the PYTHONPATH of every trial. The file may also be copied.
"""
import json
import math
import os
import time


class TrialPruned(Exception):
    """The sweep has asked this trial to stop. Raised after the value was written; action is "prune" or "pause"."""

    def __init__(self, action, index=None):
        super().__init__("trial %s: the sweep asked it to stop (%s)" % (index, action))
        self.action = action
        self.index = index


def params():
    """Returns the parameter values of this trial at full precision."""
    return json.loads(os.environ.get("HYPERHERD_PARAMS", "{}"))


def signal():
    """Returns the request of the sweep: "prune", "pause" or None."""
    return _signal(_trial()[1])


def log_result(name, value, step=None, *, strict=True):
    """Records a value at a step or, without a step, the final value with that name. Only rank 0 writes.

    Raises TrialPruned after a value with a step was written, if the sweep has asked the trial to stop; RuntimeError
    outside a trial, unless strict is false: then nothing is written.
    """
    _check_name(name)
    try:
        results, index = _trial()
    except RuntimeError:
        if strict:
            raise
        return
    if _rank() != 0:
        return
    value = _plain(value)
    directory = os.path.join(results, index)
    if step is None:
        _set_final(os.path.join(results, index + ".json"), name, value)
        return
    _append_point(directory, name, value, int(step))
    asked = _signal((results, index))
    if asked is not None:
        raise TrialPruned(asked, int(index))


def _trial():
    workspace = os.environ.get("HYPERHERD_WORKSPACE")
    index = os.environ.get("HYPERHERD_TRIAL_ID")
    if not workspace or not index:
        raise RuntimeError("HYPERHERD_WORKSPACE is not set: this process is not a trial in a sweep")
    state = os.path.join(workspace, ".hyperherd")
    manifest = os.path.join(state, "manifest.json")
    if not os.path.exists(manifest):
        raise RuntimeError(
            "%s does not exist; the sweep directory must be visible where the trial runs" % manifest
        )
    return os.path.join(state, "results"), index


def _rank():
    for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"):
        if os.environ.get(name):
            return int(os.environ[name])
    return 0


def _check_name(name):
    parts = name.replace("\\", "/").split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in name:
        raise ValueError("%r is not a result name; use a name such as loss or val/loss" % (name,))


def _plain(value):
    # A tensor or a NumPy array with one element.
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _set_final(path, name, value):
    try:
        with open(path, encoding="utf-8") as file:
            values = json.load(file)
    except (OSError, ValueError):
        values = {}
    if not isinstance(values, dict):
        values = {}
    values[name] = value
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = "%s.%d.tmp" % (path, os.getpid())
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _append_point(directory, name, value, step):
    if value is not None and not isinstance(value, (int, float)):
        raise TypeError("%s is logged at a step, so it must be a number, got %r" % (name, value))
    now = time.time()
    attempt = int(os.environ.get("HYPERHERD_ATTEMPT", "1"))
    path = os.path.join(directory, "stream", name.replace("\\", "/") + ".jsonl")
    _append(path, {"step": step, "value": value, "ts": now, "attempt": attempt})
    # A hotcb kernel writes the metrics of its run itself.
    if not os.path.exists(os.path.join(directory, "hotcb.applied.jsonl")):
        record = {"step": step, "epoch": None, "wall_time": now, "metrics": {name: value}}
        _append(os.path.join(directory, "hotcb.metrics.jsonl"), record)


def _append(path, record):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    line = (json.dumps(record) + "\n").encode("utf-8")
    # A single write, so that lines from several processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _signal(trial):
    try:
        with open(os.path.join(trial[0], trial[1], "_signal"), encoding="utf-8") as file:
            word = file.read().strip()
    except OSError:
        return None
    return word if word in ("prune", "pause") else None
`
