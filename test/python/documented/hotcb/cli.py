"""The command line: appends commands, writes the freeze document, reads the ledger."""

import argparse
import json
import os

from .files import append_line
from .freeze import MODES, FreezeState
from .recipe import export, problems

OPTIMIZER_KEYS = {"lr", "weight_decay", "clip_norm", "scheduler_scale", "scheduler_drop", "group", "groups"}
LOSS_PREFIXES = ("terms.", "ramps.")


def main(argv=None):
    """`hotcb --dir DIR COMMAND`."""
    args = _parser().parse_args(argv)
    args.run(args)


def pairs(assignments):
    """`k=v` as values: booleans, JSON after a bracket, floats with a dot, integers, otherwise text. `1e-4` is text."""
    read = {}
    for assignment in assignments:
        key, sign, text = assignment.partition("=")
        if not sign:
            raise SystemExit(f"Expected key=value, got: {assignment}")
        read[key] = _value(text.strip())
    return read


def _value(text):
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            pass
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def _path(args, name):
    return os.path.join(args.dir, f"hotcb.{name}")


def _send(args, record):
    append_line(_path(args, "commands.jsonl"), record)
    print(f"queued {record['module']} {record['op']}" + (f" for {record['id']}" if "id" in record else ""))


def _init(args):
    os.makedirs(args.dir, exist_ok=True)
    texts = {"yaml": "version: 1\n", "commands.jsonl": "", "applied.jsonl": "", "recipe.jsonl": "", "freeze.json": ""}
    for name, text in texts.items():
        if not os.path.exists(_path(args, name)):
            with open(_path(args, name), "w", encoding="utf-8") as file:
                file.write(text)


def _status(args):
    freeze = FreezeState.load(_path(args, "freeze.json"))
    print(f"Freeze mode: {freeze.mode}")
    if not os.path.exists(_path(args, "applied.jsonl")):
        print("No applied ledger found.")
        return
    last = {}
    with open(_path(args, "applied.jsonl"), "r", encoding="utf-8") as file:
        for line in filter(str.strip, file):
            entry = json.loads(line)
            last[f"{entry.get('module')}:{entry.get('id')}"] = entry
    print(f"\nLast applied entries ({len(last)} handles):")
    for handle, entry in last.items():
        print(f"  {handle}: {entry.get('op')} @ step {entry.get('step')} [{entry.get('decision')}]")


def _set(args):
    params = pairs(args.assignments)
    if OPTIMIZER_KEYS & params.keys():
        module = "opt"
    elif any(key.endswith("_w") or key.startswith(LOSS_PREFIXES) for key in params):
        module = "loss"
    else:
        raise SystemExit(f"Cannot route {sorted(params)}: use `hotcb opt` or `hotcb loss`")
    _send(args, {"module": module, "op": "set_params", "id": args.id, "params": params})


def _switch(module):
    def run(args):
        _send(args, {"module": module, "op": args.op, "id": args.id})

    return run


def _set_params(module):
    def run(args):
        _send(args, {"module": module, "op": "set_params", "id": args.id, "params": pairs(args.assignments)})

    return run


def _load(args):
    if bool(args.file) == bool(args.path):
        raise SystemExit("cb load needs --file or --path")
    kind = "python_file" if args.file else "module"
    target = {"kind": kind, "path": args.file or args.path, "symbol": args.symbol}
    record = {"module": "cb", "op": "load", "id": args.id, "target": target, "init": pairs(args.init)}
    _send(args, record if args.enabled is None else {**record, "enabled": args.enabled})


def _tune(args):
    if args.op == "set":
        _send(args, {"module": "tune", "op": "set", "params": pairs(args.assignments)})
    else:
        mode = {"params": {"mode": args.mode}} if args.op == "enable" else {}
        _send(args, {"module": "tune", "op": args.op, **mode})


def _freeze(args):
    state = FreezeState(args.mode, args.recipe, args.adjust, args.policy, args.step_offset)
    os.makedirs(args.dir, exist_ok=True)
    state.save(_path(args, "freeze.json"))
    print(f"Wrote freeze state -> {_path(args, 'freeze.json')}")


def _export(args):
    if not os.path.exists(_path(args, "applied.jsonl")):
        print("No applied ledger found.")
        return
    entries = export(_path(args, "applied.jsonl"))
    out = args.out or _path(args, "recipe.jsonl")
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)
    print(f"Exported recipe with {len(entries)} entries -> {out}")


def _validate(args):
    path = args.recipe or _path(args, "recipe.jsonl")
    with open(path, "r", encoding="utf-8") as file:
        text = file.read()
    found = problems(text)
    entries = sum(1 for line in text.splitlines() if line.strip())
    if found:
        print(f"Recipe {path}: {len(found)} errors in {entries} entries:", *found, sep="\n  ")
        raise SystemExit(1)
    print(f"Recipe {path}: {entries} entries, valid.")


def _parser():
    parser = argparse.ArgumentParser(prog="hotcb")
    parser.add_argument("--dir", default=".")
    commands = parser.add_subparsers(required=True)

    def command(name, run, below=commands, **defaults):
        made = below.add_parser(name)
        made.set_defaults(run=run, **defaults)
        return made

    def handle(made):
        made.add_argument("--id", default="main")
        return made

    command("init", _init)
    command("status", _status)
    for op in ("enable", "disable"):
        command(op, _switch("cb"), op=op).add_argument("id")
    handle(command("set", _set)).add_argument("assignments", nargs="+")
    freeze = command("freeze", _freeze)
    freeze.add_argument("--mode", choices=MODES, required=True)
    freeze.add_argument("--recipe")
    freeze.add_argument("--adjust")
    freeze.add_argument("--policy", choices=("best_effort", "strict"), default="best_effort")
    freeze.add_argument("--step-offset", type=int, default=0)
    recipes = commands.add_parser("recipe").add_subparsers(required=True)
    command("export", _export, recipes).add_argument("--out")
    command("validate", _validate, recipes).add_argument("--recipe")
    for module in ("opt", "loss"):
        below = commands.add_parser(module).add_subparsers(required=True)
        for op in ("enable", "disable"):
            handle(command(op, _switch(module), below, op=op))
        handle(command("set_params", _set_params(module), below)).add_argument("assignments", nargs="+")
    below = commands.add_parser("cb").add_subparsers(required=True)
    for op in ("enable", "disable", "unload"):
        command(op, _switch("cb"), below, op=op).add_argument("id")
    set_params = command("set_params", _set_params("cb"), below)
    set_params.add_argument("id")
    set_params.add_argument("assignments", nargs="+")
    load = command("load", _load, below)
    load.add_argument("id")
    load.add_argument("--symbol", required=True)
    load.add_argument("--file")
    load.add_argument("--path")
    load.add_argument("--enabled", action=argparse.BooleanOptionalAction)
    load.add_argument("--init", nargs="*", default=[])
    below = commands.add_parser("tune").add_subparsers(required=True)
    command("enable", _tune, below, op="enable").add_argument("--mode", default="active")
    command("disable", _tune, below, op="disable")
    command("set", _tune, below, op="set").add_argument("assignments", nargs="+")
    return parser
