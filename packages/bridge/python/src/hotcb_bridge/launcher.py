"""Starts a training run in the background, for example from a notebook, and returns a handle to inspect and change it."""

from __future__ import annotations

import importlib
import json
import os
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from ._errors import BridgeError

#: A function that trains until ``max_steps``, or until ``stop_event`` is set. ``step_delay`` is the pause after each
#: step, in seconds.
TrainFn = Callable[[str, int, float, threading.Event], Any]


class LaunchHandle:
    """A training run in a thread of this process."""

    def __init__(self, run_dir: str, train: TrainFn, max_steps: int, step_delay: float) -> None:
        self.run_dir = run_dir
        #: The return value of the function.
        self.result: Any = None
        self.error: Optional[BaseException] = None
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._train, args=(train, max_steps, step_delay), daemon=True, name=f"hotcb-{Path(run_dir).name}"
        )
        self._thread.start()

    def __repr__(self) -> str:
        state = "running" if self.is_running else "failed" if self.error is not None else "ended"
        return f"<LaunchHandle {self.run_dir}: {state}, step {self.step}>"

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def step(self) -> Optional[int]:
        """Returns the last step that has metrics."""
        lines = self._lines("hotcb.metrics.jsonl")
        return lines[-1]["step"] if lines else None

    def metrics(self, name: str) -> List[Tuple[int, float]]:
        """Returns all values of a metric, with their steps. A step that was trained again has its latest value."""
        found = {line["step"]: line["metrics"][name] for line in self._lines("hotcb.metrics.jsonl") if name in line["metrics"]}
        return sorted(found.items())

    def ledger(self) -> List[Dict[str, Any]]:
        """Returns the lines of the ledger: all changes, and the outcome of each request."""
        return self._lines("hotcb.applied.jsonl")

    def send(self, module: str, op: str, params: Optional[Dict[str, Any]] = None, id: str = "main", **more: Any) -> str:
        """Sends a command.

        Returns:
            Its ``cid``, for :meth:`answer`.
        """
        cid = f"nb-{uuid.uuid4().hex[:12]}"
        line = {"cid": cid, "ts": time.time(), "source": "launch", "module": module, "op": op, "id": id}
        text = json.dumps({**line, "params": params or {}, **more}) + "\n"
        with open(os.path.join(self.run_dir, "hotcb.commands.jsonl"), "a", encoding="utf-8") as file:
            file.write(text)
        return cid

    def set(self, module: str = "opt", **values: Any) -> Dict[str, Any]:
        """Changes controls, such as ``set(lr=0.01)`` or ``set("loss", ce=0.5)``, and waits for the ledger line.

        Raises:
            BridgeError: when the change was rejected; the message states the reason.
        """
        told = self.answer(self.send(module, "set_params", values))
        if told["decision"] != "applied":
            raise BridgeError(f"{told['decision']}: {told['error']}")
        return told

    def answer(self, cid: str, timeout: float = 30.0) -> Dict[str, Any]:
        """Returns the ledger line of a command.

        Args:
            timeout: Seconds to wait, counted from when the ledger has its first line. Before that, training may take a
                long time to load data.

        Raises:
            BridgeError: when there is no such line, because training has finished or is making no progress.
        """
        until: Optional[float] = None
        while True:
            is_last = not self.is_running or (until is not None and time.monotonic() > until)
            lines = self.ledger()
            if until is None and lines:
                until = time.monotonic() + timeout
            for line in lines:
                if line.get("cid") == cid:
                    return line
            if is_last:
                why = f"took no step in {timeout:g} s" if self.is_running else "has ended"
                raise BridgeError(f"the training {why}: `{cid}` has no answer")
            time.sleep(0.02)

    def stop(self) -> None:
        """Requests that training stop, by setting its ``stop_event``."""
        self._stop.set()

    def wait(self, timeout: Optional[float] = None) -> Any:
        """Waits until training has finished.

        Returns:
            The return value of the function.

        Raises:
            TimeoutError: when it is still running. An exception from the training function is raised here too.
        """
        self._thread.join(timeout)
        if self.is_running:
            raise TimeoutError(f"the training run in {self.run_dir} is still running after {timeout:g} s")
        if self.error is not None:
            raise self.error
        return self.result

    def _train(self, train: TrainFn, max_steps: int, step_delay: float) -> None:
        try:
            self.result = train(self.run_dir, max_steps, step_delay, self._stop)
        except BaseException as error:
            self.error = error

    def _lines(self, name: str) -> List[Dict[str, Any]]:
        try:
            text = Path(self.run_dir, name).read_text("utf-8")
        except FileNotFoundError:
            return []
        # The last line may be incomplete.
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def launch(
    train_fn: Union[TrainFn, str],
    run_dir: Union[str, "os.PathLike[str]", None] = None,
    *,
    max_steps: int = 500,
    step_delay: float = 0.0,
) -> LaunchHandle:
    """Starts a training run in the background, and returns immediately.

    Args:
        train_fn: ``train(run_dir, max_steps, step_delay, stop_event)``, or its name, such as ``my_module:train``.
        run_dir: A new run directory. Default: the first free ``runs/launch-NNN``.
        step_delay: Seconds after each step.

    Raises:
        BridgeError: when the directory already contains a run, or the function does not exist.
    """
    train = _find(train_fn) if isinstance(train_fn, str) else train_fn
    path = os.path.abspath(os.fspath(run_dir)) if run_dir is not None else _first_free()
    if os.path.exists(os.path.join(path, "hotcb.applied.jsonl")):
        raise BridgeError(f"`{path}` already contains a run: choose a new directory")
    os.makedirs(path, exist_ok=True)
    return LaunchHandle(path, train, max_steps, step_delay)


def _find(name: str) -> TrainFn:
    module, _, function = name.partition(":")
    try:
        found: TrainFn = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise BridgeError(f"`train_fn` must be MODULE:FUNCTION, such as my_module:train, got {name!r}: {error}") from None
    return found


def _first_free() -> str:
    number = 1
    while os.path.exists(f"runs/launch-{number:03}"):
        number += 1
    return os.path.abspath(f"runs/launch-{number:03}")
