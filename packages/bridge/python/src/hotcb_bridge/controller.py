"""runtimectl's controller: functions are registered under a path, and can be called from outside while a model trains."""

from __future__ import annotations

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from ._collective import Collective, find_collective
from ._crew import Follower, Lead
from ._errors import BridgeError, SidecarLost
from ._functions import Function, plain
from ._link import exchange_with
from ._page import Page
from ._process import Sidecar, log
from ._wire import WIRE_VERSION, Message

Apply = Callable[..., Any]
Ack = Dict[str, Any]


class RuntimeController:
    """Applies commands from a queue directory. Register functions, then poll between two steps.

    Args:
        queue_dir: The directory of the queue. ``configure`` can set it later.
        ddp: Whether all ranks of torch.distributed apply each command: rank 0 reads the queue and writes the acks, and
            all ranks must poll the same number of times.
        collective: How the ranks communicate. Default with ``ddp``: torch.distributed.
        node: The Node executable to use, as for :class:`HotKernel`.
    """

    def __init__(
        self,
        queue_dir: Union[str, "os.PathLike[str]", None] = None,
        *,
        ddp: bool = False,
        collective: Optional[Collective] = None,
        node: Optional[str] = None,
    ) -> None:
        self.queue_dir: Optional[Path] = None
        self.ddp = ddp or collective is not None
        self._collective = collective
        self._node = node
        self._controls: Dict[str, Function] = {}
        # The functions that the sidecar has not been sent yet.
        self._new: List[Dict[str, Any]] = []
        self._sidecar: Optional[Sidecar] = None
        self._page: Optional[Page] = None
        self._ctx: Any = None
        self._checked: Tuple[List[Any], Dict[str, Any]] = ([], {})
        self._command = ""
        # Calls without an ack: those that this sidecar requested, and those that a lost sidecar requested, which will
        # be requested again.
        self._made: List[str] = []
        self._unacked: List[str] = []
        self._looked = float("-inf")
        self._lead: Optional[Lead] = None
        self._follower: Optional[Follower] = None
        self._is_met = False
        self._polls = 0
        self._next = 0
        if queue_dir is not None:
            self.configure(queue_dir)

    def configure(self, queue_dir: Union[str, "os.PathLike[str]"]) -> None:
        """Sets the directory of the queue, and creates it. Must come before the first poll.

        Raises:
            ValueError: when it has already been set to a different one.
        """
        path = Path(queue_dir)
        if self.queue_dir is not None:
            if self.queue_dir != path:
                raise ValueError(f"the queue is already `{self.queue_dir}`, got `{path}`: a controller has only one")
            return
        path.mkdir(parents=True, exist_ok=True)
        for name in ("commands.jsonl", "acks.jsonl"):
            (path / name).touch()
        self.queue_dir = path

    def register(
        self,
        path: str,
        apply_fn: Apply,
        validate_fn: Optional[Callable[..., Any]] = None,
        *,
        overwrite: bool = False,
        description: str = "",
    ) -> None:
        """Registers a function under a path. It receives the context of the poll, then the arguments of the command. It
        may return a function that undoes the change, which is called if another rank rejects the change.

        Raises:
            ValueError: for a path that is not text, or empty.
        """
        if not isinstance(path, str) or not path:
            raise ValueError(f"`path` must be a non-empty string, got {path!r}")
        if path in self._controls and not overwrite:
            return
        self._controls[path] = Function(apply_fn, validate_fn, description)
        self._new.append({"path": path, "overwrite": overwrite, "description": description})

    def poll_and_apply(self, ctx: Any = None, every_s: float = 2.0) -> List[Ack]:
        """Applies the pending commands, each once, in order. A call that does not read the queue takes a fraction of a
        microsecond.

        Args:
            ctx: The first argument of every function.
            every_s: Seconds between two reads of the queue; 0 reads it on each call.

        Returns:
            The acks from this call, on all ranks. A command never causes an exception.

        Raises:
            BridgeError: before `configure`, or when there is no Node.
        """
        if self.queue_dir is None:
            raise BridgeError("`configure` must be called before the first `poll_and_apply`")
        if not self.ddp:
            return self._look(ctx, every_s)
        if not self._is_met:
            self._meet()
        if self._follower is None and self._lead is None:
            return self._look(ctx, every_s)
        self._polls += 1
        if self._polls < self._next:
            return []
        self._ctx = ctx
        if self._follower is not None:
            end = self._follower.follow()
            self._next = self._polls + 1 if end is None else end["next"]
            return [] if end is None else list(end.get("acks", []))
        assert self._lead is not None
        return self._lead_look(self._lead, ctx, every_s)

    @staticmethod
    def enqueue(
        queue_dir: Union[str, "os.PathLike[str]"], path: str, args: Any = None, kwargs: Any = None, op: str = "set"
    ) -> Dict[str, Any]:
        """Appends a command to a queue, as the ``runtimectl`` program does."""
        command = {"id": str(uuid.uuid4()), "ts": time.time(), "op": op, "path": path}
        command.update({"args": list(args or []), "kwargs": dict(kwargs or {})})
        directory = Path(queue_dir)
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / "commands.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(command) + "\n")
        return command

    def close(self) -> None:
        """Stops the sidecar process."""
        sidecar, self._sidecar = self._sidecar, None
        if sidecar is not None:
            sidecar.kill()
        if self._page is not None:
            self._page.close()
            self._page = None

    def _meet(self) -> None:
        self._is_met = True
        port = find_collective("auto" if self._collective is None else self._collective)
        if port is None:
            return
        if port.rank == 0:
            self._lead = Lead(port, self._serve, lambda seq, back: None)
        else:
            self._follower = Follower(port, self._serve)
        (self._lead or self._follower).introduce()  # type: ignore[union-attr]

    def _lead_look(self, lead: Lead, ctx: Any, every_s: float) -> List[Ack]:
        lead.begin()
        try:
            acks = self._look(ctx, every_s)
        except BaseException as error:
            lead.end({"error": f"{type(error).__name__}: {error}"}, self._polls, is_settled=True)
            raise
        self._next = lead.next_step(self._polls, 1 << 62)
        lead.end({"next": self._next, **({"acks": acks} if acks else {})}, self._polls, is_settled=True)
        return acks

    def _look(self, ctx: Any, every_s: float) -> List[Ack]:
        now = time.monotonic()
        if now - self._looked < every_s or (self._lead is not None and self._lead.lost is not None):
            return []
        self._looked = now
        self._ctx = ctx
        new, self._new = self._new, []
        try:
            acks: List[Ack] = self._exchange({"k": "poll", **({"register": new} if new else {})})["acks"]
        except SidecarLost as error:
            # The next read starts a new sidecar, which reads this one's acks.
            log.warning("the hotcb sidecar of the queue `%s` is started again: %s", self.queue_dir, error)
            if self._sidecar is not None:
                self._sidecar.kill()
                self._sidecar = None
            self._new = [{"path": path, "overwrite": True} for path in self._controls]
            self._unacked, self._made = self._unacked + self._made, []
            return []
        self._made, self._unacked = [], []
        if acks:
            self._looked = float("-inf")  # There may be more commands, because a poll has a budget of 50 ms.
        return acks

    def _exchange(self, message: Message) -> Message:
        if self._sidecar is None:
            self._page = self._page or Page()
            self._sidecar = Sidecar(self._page, self._node)
            opening = {"k": "queue", "bridge": WIRE_VERSION, "dir": os.path.abspath(str(self.queue_dir))}
            exchange_with(self._sidecar, opening, self._answer)
        return exchange_with(self._sidecar, message, self._answer)

    def _answer(self, request: Message) -> Any:
        if request["k"] == "ctl.check":
            self._command = json.dumps([request["path"], request["args"], request["kwargs"]])
        elif self._command in self._unacked:
            del self._unacked[: self._unacked.index(self._command) + 1]
            return None
        value = self._serve(request) if self._lead is None else self._lead.serve(request)
        if request["k"] == "ctl.call":
            self._made.append(self._command)
        return value

    def _serve(self, request: Message) -> Any:
        control = self._controls.get(request["path"])
        if control is None:
            raise ValueError(f"`{request['path']}` is not registered")
        if request["k"] == "ctl.check":
            args, kwargs = control.check(request["args"], request["kwargs"])
            self._checked = (args, kwargs)
            return plain(args, kwargs)
        args, kwargs = self._checked
        back = control.apply(self._ctx, *args, **kwargs)
        crew = self._lead or self._follower
        if crew is not None and callable(back):
            crew.keep(None, back)
        return None
