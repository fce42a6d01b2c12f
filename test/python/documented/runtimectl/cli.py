"""`runtimectl -q DIR PATH ARGS... [--kwargs JSON]` and `runtimectl -q DIR status [--last N]`."""

import argparse
import json
import os

from .controller import RuntimeController


def main(argv=None):
    """Runs the program; returns its exit code."""
    parser = argparse.ArgumentParser(prog="runtimectl")
    parser.add_argument("-q", "--queue-dir", required=True)
    parser.add_argument("path", nargs="?")
    parser.add_argument("args", nargs="*")
    parser.add_argument("--kwargs")
    parser.add_argument("--last", type=int, default=10)
    typed = parser.parse_args(argv)
    if typed.path is None:
        parser.print_help()
        return 2
    if typed.path == "status" and not typed.args and typed.kwargs is None:
        print(json.dumps(_status(typed.queue_dir, typed.last), ensure_ascii=False, indent=2))
        return 0
    kwargs = {} if typed.kwargs is None else _value(typed.kwargs) or {}
    if not isinstance(kwargs, dict):
        parser.error("--kwargs must be a JSON object")
    command = RuntimeController.enqueue(typed.queue_dir, typed.path, [_value(arg) for arg in typed.args], kwargs)
    print(json.dumps(command, ensure_ascii=False))
    return 0


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def _status(queue_dir, last):
    commands, acks = (_lines(os.path.join(queue_dir, name)) for name in ("commands.jsonl", "acks.jsonl"))
    last_acks = [json.loads(line) for line in acks[-last:]]
    return {"queue_dir": queue_dir, "commands": len(commands), "acks": len(acks), "last_acks": last_acks}


def _lines(path):
    if not os.path.exists(path):
        return []
    with open(path, "r", encoding="utf-8") as file:
        return file.read().splitlines()
