"""Recipes: exported from a ledger, adjusted by an overlay, replayed."""

import copy
import json

from .files import modified
from .ops import op_of

DEFAULT_EVENT = "train_step_end"
TAKEN_FROM_PAYLOAD = ("params", "target", "init", "enabled")


def export(ledger_path):
    """Entries for the applied lines of callbacks, optimizer and loss, in the order of the file.

    Params are read from `payload`, but the kernel's lines do not have them there, so the entries of such lines have none.
    """
    entries = []
    with open(ledger_path, "r", encoding="utf-8") as file:
        for text in file:
            line = json.loads(text) if text.strip() else {}
            if line.get("decision") != "applied" or line.get("module") not in ("cb", "opt", "loss"):
                continue
            payload = line.get("payload") or {}
            entry = {"at": {"step": line["step"], "event": line["event"]}}
            entry.update({key: line.get(key) for key in ("module", "op", "id")})
            entry.update({key: payload[key] for key in TAKEN_FROM_PAYLOAD if payload.get(key) is not None})
            entries.append(entry)
    return entries


def problems(text):
    """The problems of a recipe, one sentence each."""
    found = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            entry = json.loads(raw)
        except ValueError as error:
            found.append(f"Line {number}: invalid JSON: {error}")
            continue
        found += [f"Line {number}: missing '{key}'" for key in ("at", "module", "op") if key not in entry]
        if not isinstance(entry.get("at"), dict) or "step" not in entry["at"]:
            found.append(f"Line {number}: 'at' must be an object with 'step'")
        if entry.get("module") not in ("cb", "opt", "loss", "tune"):
            found.append(f"Line {number}: unknown module '{entry.get('module')}'")
    return found


class Entry:
    """A line of a recipe and its position."""

    def __init__(self, record):
        at = record.get("at", {})
        self.record = record
        self.step = int(at.get("step", 0))
        self.event = str(at.get("event", DEFAULT_EVENT))

    @property
    def place(self):
        return self.step, self.event


def adjusted(entries, overlay):
    """The entries after the overlay's patches, in their order; later patches also apply to inserted entries."""
    for patch in overlay.get("patches", []):
        if "insert" in patch:
            entries = entries + [Entry(copy.deepcopy(patch["insert"]))]
            continue
        match = patch.get("match", {})
        kept, seen = [], 0
        for entry in entries:
            if not _matches(match, entry):
                kept.append(entry)
                continue
            if "nth" not in match or seen == int(match["nth"]):
                kept += [] if patch.get("drop") else [_patched(entry, patch)]
            else:
                kept.append(entry)
            seen += 1
        entries = kept
    return sorted(entries, key=lambda entry: entry.place)


def _matches(match, entry):
    record = entry.record
    wanted = [(record.get(key), match[key]) for key in ("module", "op", "id") if key in match]
    wanted += [(entry.event, match["at_event"])] if "at_event" in match else []
    wanted += [(entry.step, int(match["at_step"]))] if "at_step" in match else []
    return (
        all(is_ == should for is_, should in wanted)
        and int(match.get("step_min", entry.step)) <= entry.step <= int(match.get("step_max", entry.step))
        and ("has_param" not in match or match["has_param"] in (record.get("params") or {}))
    )


def _patched(entry, patch):
    record = copy.deepcopy(entry.record)
    params = record.get("params") or {}
    params.update(patch.get("replace_params", {}))
    change = patch.get("transform_params", {})
    for key in params.keys() & change.get("scale", {}).keys():
        params[key] = float(params[key]) * float(change["scale"][key])
    for key in params.keys() & change.get("add", {}).keys():
        params[key] = float(params[key]) + float(change["add"][key])
    record["params"] = params
    record.setdefault("at", {})["step"] = entry.step + int(patch.get("shift_step", 0))
    return Entry(record)


class Player:
    """Returns the entries that are due at a step and an event. Entries of a step are skipped if its events come in another order."""

    def __init__(self, freeze):
        self.entries = []
        self.next = 0
        self.offset = freeze.step_offset
        self.paths = freeze.recipe_path, freeze.adjust_path
        self.times = tuple(modified(path) if path else 0.0 for path in self.paths)
        recipe_path, adjust_path = self.paths
        if recipe_path is None:
            return
        try:
            with open(recipe_path, "r", encoding="utf-8") as file:
                entries = [Entry(json.loads(line)) for line in file if line.strip()]
            self.entries = sorted(entries, key=lambda entry: entry.place)
            if adjust_path:
                self.entries = adjusted(self.entries, _read_overlay(adjust_path))
        except (OSError, ValueError, TypeError, AttributeError):
            # A recipe with one bad line replays nothing; a bad overlay leaves the recipe unchanged.
            pass

    def is_stale(self, freeze):
        """Whether the document names other files, or their content is newer."""
        paths = freeze.recipe_path, freeze.adjust_path
        return paths != self.paths or tuple(modified(path) if path else 0.0 for path in paths) != self.times

    def due(self, step, event):
        """The ops for this step and event."""
        step -= self.offset
        ops = []
        while self.next < len(self.entries):
            entry = self.entries[self.next]
            if entry.place == (step, event):
                ops.append(op_of(entry.record, "replay"))
            elif entry.step >= step:
                break
            self.next += 1
        return ops

    @property
    def remaining(self):
        return self.entries[self.next :]


def _read_overlay(path):
    with open(path, "r", encoding="utf-8") as file:
        if not path.endswith((".yaml", ".yml")):
            return json.load(file)
        try:
            import yaml
        except ImportError:
            return {}
        return yaml.safe_load(file) or {}
