"""Functions that are called when a line is appended to a file."""

import json
import os
import time
import uuid


class RuntimeController:
    """One queue: `commands.jsonl`, to which any program appends, and `acks.jsonl`, to which only the trainer appends."""

    def __init__(self, queue_dir=None):
        self.queue_dir = None
        self.controls = {}
        self.offset = 0
        self.looked = 0.0
        if queue_dir is not None:
            self.configure(queue_dir)

    def configure(self, queue_dir):
        """Creates the queue; the same queue again has no effect, and another one is an error."""
        queue_dir = os.fspath(queue_dir)
        if self.queue_dir is not None:
            if self.queue_dir != queue_dir:
                raise ValueError(f"RuntimeController already configured with {self.queue_dir}")
            return
        os.makedirs(queue_dir, exist_ok=True)
        self.queue_dir = queue_dir
        for name in ("commands.jsonl", "acks.jsonl"):
            open(self._path(name), "a", encoding="utf-8").close()

    def register(self, path, apply_fn, validate_fn=None, *, overwrite=False):
        """Registers a function; a second one under the same path is silently ignored."""
        if not path or not isinstance(path, str):
            raise ValueError("path must be a non-empty string")
        if overwrite or path not in self.controls:
            self.controls[path] = (apply_fn, validate_fn)

    def poll_and_apply(self, ctx=None, every_s=2.0):
        """Applies the commands appended since the last call; returns the acks."""
        if self.queue_dir is None:
            raise RuntimeError("configure() must be called before poll_and_apply()")
        now = time.time()
        if every_s > 0 and now - self.looked < every_s:
            return []
        self.looked = now
        acks = []
        for command in self._read():
            ack = self._answer(command, ctx)
            with open(self._path("acks.jsonl"), "a", encoding="utf-8") as file:
                file.write(json.dumps(ack, ensure_ascii=False) + "\n")
            acks.append(ack)
        return acks

    @staticmethod
    def enqueue(queue_dir, path, args=None, kwargs=None, op="set"):
        """Appends a command."""
        args, kwargs = args or [], kwargs or {}
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise TypeError("args must be a list and kwargs a dict")
        command = {"id": str(uuid.uuid4()), "ts": time.time(), "op": op, "path": path, "args": args, "kwargs": kwargs}
        os.makedirs(queue_dir, exist_ok=True)
        with open(os.path.join(queue_dir, "commands.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(command, ensure_ascii=False) + "\n")
        return command

    def _read(self):
        path = self._path("commands.jsonl")
        if self.offset > os.path.getsize(path):
            self.offset = 0
        with open(path, "r", encoding="utf-8") as file:
            file.seek(self.offset)
            text = file.read()
            self.offset = file.tell()
        commands = []
        for line in filter(str.strip, text.splitlines()):
            try:
                commands.append(json.loads(line))
            except ValueError:
                commands.append({"id": str(uuid.uuid4()), "op": "invalid", "path": ""})
        return commands

    def _answer(self, command, ctx):
        args, kwargs = command.get("args", []), command.get("kwargs", {})
        op, path = command.get("op", "set"), command.get("path", "")
        ack = {"id": command.get("id") or str(uuid.uuid4()), "ts": time.time(), "path": path, "op": op}
        if not isinstance(args, list):
            return {**ack, "status": "rejected", "error": "command args must be a list"}
        if not isinstance(kwargs, dict):
            return {**ack, "status": "rejected", "error": "command kwargs must be an object"}
        if op != "set":
            return {**ack, "status": "rejected", "error": f"unsupported op: {op}"}
        if path not in self.controls:
            return {**ack, "status": "rejected", "error": f"unknown path: {path}"}
        apply_fn, validate_fn = self.controls[path]
        try:
            if validate_fn is not None:
                args, kwargs = validate_fn(args, kwargs)
            apply_fn(ctx, *args, **kwargs)
        except Exception as error:
            return {**ack, "status": "failed", "error": str(error)}
        return {**ack, "status": "applied", "args": args, "kwargs": kwargs}

    def _path(self, name):
        return os.path.join(self.queue_dir, name)
