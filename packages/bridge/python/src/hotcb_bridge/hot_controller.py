"""Callbacks for loops without a kernel: a YAML file and a command file, and no ledger."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ._callbacks import Host
from ._directories import make_directory
from ._errors import BridgeError, SidecarLost
from ._link import exchange_with
from ._log import append_log
from ._page import Page
from ._place import whole
from ._process import Sidecar, log
from ._wire import WIRE_VERSION, Message

Json = Dict[str, Any]
Path = Union[str, "os.PathLike[str]"]

# The maximum time between two checks of loaded callbacks' files, and between two reports of costs and failures.
LOOK_SECONDS = 0.5


class ControllerResult(NamedTuple):
    """The requests from callbacks that a controller cannot execute, since it has no kernel."""

    #: Whether a callback requested to stop the run.
    stop: bool
    #: The calls to ``env["submit"]``: module, op, id, params.
    asked: Tuple[Json, ...]


class HotController:
    """Loads, enables, disables and configures callbacks while a loop runs, without a run directory.

    Every new controller reads the command file from the beginning. Callback files are reloaded when they have changed.
    Errors are logged, and do not stop the loop.

    Args:
        config_path: A YAML file with the callbacks that should run: ``callbacks: {ID: {target, init, enabled, params}}``.
            The file need not exist. It is read again when it has changed.
        commands_path: A command file, such as the ``hotcb.commands.jsonl`` to which ``hotcb cb load`` appends.
        poll_interval_sec: Seconds between two checks of the files.
        debounce_steps: Calls to :meth:`apply` between two checks.
        auto_disable_on_error: Whether a callback that raises is disabled.
        log_path: Another file for the log, in addition to ``hotcb.log`` in the command file's folder.
        allowed_roots: Folders from which callbacks may be loaded. Default: the command file's folder and the working
            directory.
        node: The Node executable to use, as for :class:`HotKernel`.

    Raises:
        BridgeError: when the command file's folder is not writable.
    """

    def __init__(
        self,
        config_path: Optional[Path] = None,
        commands_path: Optional[Path] = None,
        poll_interval_sec: float = 0.0,
        debounce_steps: int = 1,
        auto_disable_on_error: bool = True,
        log_path: Optional[Path] = None,
        *,
        allowed_roots: Optional[Sequence[Path]] = None,
        node: Optional[str] = None,
    ) -> None:
        near = commands_path if commands_path is not None else config_path
        if near is None:
            raise BridgeError("`config_path` or `commands_path` must be given")
        self.run_dir = os.path.dirname(_absolute(near))
        make_directory(self.run_dir)
        self._files = {"config": config_path, "commands": commands_path}
        self._opening: Json = {"k": "controller", "bridge": WIRE_VERSION, "run_dir": self.run_dir}
        self._opening.update({name: _absolute(path) for name, path in self._files.items() if path is not None})
        if allowed_roots is not None:
            self._opening["roots"] = [_absolute(root) for root in allowed_roots]
        self._log_path = None if log_path is None else _absolute(log_path)
        self._poll_seconds = float(poll_interval_sec)
        self._debounce = max(1, int(debounce_steps))
        self._node = node
        self._callbacks = Host(
            log=lambda message: append_log(self.run_dir, "hotcb.cb", message),
            submit=self._submit,
            run_dir=self.run_dir,
            auto_disable_on_error=auto_disable_on_error,
            tripped=lambda: None,
        )
        self._sidecar: Optional[Sidecar] = None
        self._page: Optional[Page] = None
        self._asked: List[Json] = []
        self._status: Json = {}
        self._seen: List[Any] = []
        self._calls = 0
        self._step = 0
        self._polled_at = self._contact_at = float("-inf")
        self._closed = False

    def apply(self, env: Mapping[str, Any], events: Sequence[str] = ("train_step_end",)) -> ControllerResult:
        """Runs one safe point: applies new entries from the files, and runs the callbacks for each event.

        Raises:
            BridgeError: when there is no Node, or ``step`` is not a whole number.
        """
        if self._closed:
            return ControllerResult(False, ())
        self._calls += 1
        self._step = whole(env.get("step", self._calls - 1))
        if self._calls % self._debounce == 0 and self._is_time():
            self._contact(env)
        self._callbacks.run(self._step, env, events)
        asked, self._asked = self._asked, []
        others = tuple(one for one in asked if one["module"] != "cb")
        self._asked = [one for one in asked if one["module"] == "cb"]
        return ControllerResult(any((one["module"], one["op"]) == ("core", "stop") for one in others), others)

    def status(self) -> Json:
        """Returns the state of each callback, by id: whether it is enabled and loaded, its target, init and parameters,
        and its cost.
        """
        if not self._closed:
            self._contact({})
        return self._status

    def close(self) -> None:
        """Closes the callbacks, and stops the sidecar process."""
        if self._closed:
            return
        if self._sidecar is not None:
            self._contact({}, close=True)
        self._closed = True
        self._end()
        if self._page is not None:
            self._page.close()

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now - self._polled_at < self._poll_seconds:
            return False
        self._polled_at = now
        seen = [_stamp(path) for path in self._files.values()]
        changed, self._seen = seen != self._seen, seen
        return changed or bool(self._asked) or now - self._contact_at >= LOOK_SECONDS

    def _contact(self, env: Mapping[str, Any], close: bool = False) -> None:
        self._contact_at = time.monotonic()
        message: Json = {"k": "control", "step": self._step, **({"close": True} if close else {})}
        if self._asked:
            message["submits"], self._asked = self._asked, []
        news = self._callbacks.news()
        if news is not None:
            message["callbacks"] = news
        try:
            told = self._exchange(message)
        except SidecarLost as error:
            # The next contact starts a new sidecar, which reads the files from the beginning. Running callbacks keep
            # running.
            log.warning("the hotcb sidecar of `%s` is started again: %s", self.run_dir, error)
            self._asked = message.get("submits", []) + self._asked
            self._callbacks.orphan()
            self._end()
            self._seen = []
            return
        self._status = told["status"]
        for line in told["log"]:
            self._tell(env, line)

    def _exchange(self, message: Message) -> Message:
        is_new = self._sidecar is None
        if self._sidecar is None:
            self._page = self._page or Page()
            self._sidecar = Sidecar(self._page, self._node)
            exchange_with(self._sidecar, self._opening, self._callbacks.serve)
        done = exchange_with(self._sidecar, message, self._callbacks.serve)
        if is_new:
            self._callbacks.settle()
        return done

    def _submit(self, module: str, op: str, id: str = "main", params: Optional[Json] = None) -> str:
        self._asked.append({"module": module, "op": op, "id": id, "params": params})
        return ""

    def _tell(self, env: Mapping[str, Any], line: str) -> None:
        given = env.get("log")
        if callable(given):
            try:
                given(f"[hotcb.cb] {line}")
            except Exception as error:
                log.warning("`log` of the training raised %s", error)
        if self._log_path is not None and self._log_path != os.path.join(self.run_dir, "hotcb.log"):
            try:
                os.makedirs(os.path.dirname(self._log_path), exist_ok=True)
                with open(self._log_path, "a", encoding="utf-8") as file:
                    file.write(f"[hotcb.cb] {line}\n")
            except OSError:
                pass  # A log that cannot be written must not stop the loop.

    def _end(self) -> None:
        sidecar, self._sidecar = self._sidecar, None
        if sidecar is not None:
            sidecar.kill()


def _absolute(path: Path) -> str:
    return os.path.abspath(os.fspath(path))


def _stamp(path: Optional[Path]) -> Any:
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
