"""The safe point of a training loop."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from types import TracebackType
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Type, Union

from ._callbacks import Host
from ._collective import Collective, find_collective
from ._contacts import Contacts
from ._directories import leave_directory, make_directory, take_directory
from ._errors import BridgeError, RecipeError
from ._link import NOW, Link
from ._meetings import Meetings
from ._opening import Opening
from ._place import Place, whole
from ._points import Points
from ._process import log
from ._rank_figures import RankFigures, seconds_of
from ._registering import Registering
from ._results import IDLE, ApplyResult
from ._serve import Server
from ._waiting import Steps, drive, drive_async
from .actuators import Actuator, MutableState
from .checkpoints import LoadFn, SaveFn
from .metrics import MetricsCollector

Json = Dict[str, Any]


class HotKernel(Registering):
    """A training run under live control: call :meth:`apply` between two steps.

    A separate Node process, started on the first call, decides on commands and writes the run directory. If it dies, it
    is restarted, and training continues.

    Args:
        run_dir: The run directory; created if necessary.
        mutable_state: The controls, for example from :func:`optimizer_actuators` and :func:`loss_actuators`.
        metrics_collector: Selects the metrics to write. Default: all; False: none.
        save: Writes the trainer's state, for ``checkpoint save``; see :func:`torch_checkpoint`.
        load: Reads the trainer's state, for ``checkpoint load``.
        keep: How many checkpoints named ``step-N`` to keep. Default: all.
        resume: What :meth:`continue_from` does with changes at or after its step: ``history`` re-applies them, ``cut``
            drops them, ``off`` starts over.
        callbacks: The trainer's own callbacks, by id: objects with ``handle(event, env)``. Commands can enable and
            disable them and set their parameters, as with loaded callbacks.
        allowed_roots: Folders from which commands may load callbacks. Default: the run directory and the working
            directory.
        auto_disable_on_error: Whether a callback that raises is disabled, with a line in the ledger.
        collective: How the ranks communicate. Default: torch.distributed, if it has been initialised by the time the
            kernel starts.
        collective_save: Whether ``save`` must be called on all ranks. Default: only on rank 0.
        node: The Node executable to use. Default: ``HOTCB_NODE``, the Node from the ``node`` extra, or ``node`` on
            PATH.
        debounce_steps, poll_interval_sec: Accepted for compatibility with hotcb 2. They have no effect, since commands
            are detected immediately.

    Raises:
        BridgeError: when the run directory cannot be written.
        TypeError: for a callback without ``handle``.
        ValueError: for a metrics collector with a different directory.
    """

    def __init__(
        self,
        run_dir: Union[str, "os.PathLike[str]"],
        *,
        mutable_state: Union[MutableState, Iterable[Actuator]] = (),
        metrics_collector: Union[MetricsCollector, bool] = True,
        save: Optional[SaveFn] = None,
        load: Optional[LoadFn] = None,
        keep: Optional[int] = None,
        resume: str = "history",
        callbacks: Mapping[str, Any] = {},
        allowed_roots: Optional[Sequence[Union[str, "os.PathLike[str]"]]] = None,
        auto_disable_on_error: bool = True,
        collective: Union[Collective, str, None] = "auto",
        collective_save: bool = False,
        node: Optional[str] = None,
        debounce_steps: Optional[int] = None,
        poll_interval_sec: Optional[float] = None,
    ) -> None:
        if resume not in ("history", "cut", "off"):
            raise BridgeError(f"`resume` must be history, cut or off, got {resume!r}")
        self.run_dir = os.path.abspath(os.fspath(run_dir))
        make_directory(self.run_dir)
        self._state = mutable_state if isinstance(mutable_state, MutableState) else MutableState(mutable_state)
        self._collective = collective
        self._shares_saves = collective_save
        self._callbacks = Host(
            log=lambda message: self._link.write_log(message),
            submit=self.submit,
            run_dir=self.run_dir,
            auto_disable_on_error=auto_disable_on_error,
            tripped=self.look,
            own=callbacks,
        )
        self._server = Server(
            save=save,
            load=load,
            tell=lambda: self._points.tell(),
            callbacks=self._callbacks,
            is_interrupted=lambda: self._link.interrupt is not None,
            run_dir=self.run_dir,
        )
        self._link = Link(self.run_dir, node, lambda request: self._server.serve(request))
        self._server.keep = self._link.keep
        self._place = Place(self._link.page.flag)
        self._points = Points(self._place, self._link, self._callbacks)
        self._points.is_recording = metrics_collector is not False
        self._handlers: Json = {"save": save is not None, "load": load is not None}
        metrics = MetricsCollector() if metrics_collector is True else metrics_collector
        if isinstance(metrics, MetricsCollector):
            metrics.check(self.run_dir)
        self._metrics = metrics
        self._figures: Optional[RankFigures] = None
        roots = None if allowed_roots is None else [os.path.abspath(os.fspath(root)) for root in allowed_roots]
        own = self._callbacks.describe_own()
        self._opening = Opening(Opening.Options(self.run_dir, resume, keep, self._handlers, metrics, own, roots))
        self._contacts = Contacts(self._place, self._link, self._server, self._callbacks, self._opening)
        self._meetings = Meetings(self._place, self._contacts, self._server)
        self._started = False
        self._closed = False
        self._thread = 0
        take_directory(self)

    def start(self) -> None:
        """Starts the sidecar process. Without this call, the first call of another method starts it.

        Raises:
            BridgeError: when it cannot be started, because there is no Node, the run directory was written by a newer
                version, or other ranks cannot be reached.
        """
        if self._started or self._closed:
            return
        self._thread = threading.get_ident()
        self._server.controls = controls = list(self._state)
        self._points.used = [control for control in controls if control.used is not None]
        self._opening.controls = [control.describe() for control in controls]
        self._opening.functions = self._server.functions.describe()
        self._gather(find_collective(self._collective))
        atexit.register(_at_exit, weakref.ref(self))
        drive(self._meetings.meet(self._open))
        self._started = True
        self._place.look()

    def _gather(self, port: Optional[Collective]) -> None:
        if port is None:
            return
        self._meetings.gather(port, self._callbacks, shares_saves=self._shares_saves)
        if self._meetings.follower is not None:
            self._points.is_recording = False
            seconds = None if self._metrics is False else seconds_of(getattr(self._metrics, "system", None))
            if seconds is not None:
                self._figures = RankFigures(self.run_dir, port.rank, lambda: self._place.step, seconds)
                self._figures.start()
        else:
            self._opening.world = port.world_size

    def _open(self) -> "Steps[ApplyResult]":
        self._contacts.open()
        return IDLE
        yield 0.0  # Never reached, since starting does not wait.

    def continue_from(self, step: int, snapshot: Optional[Json] = None, **env: Any) -> ApplyResult:
        """Continues a training run; call it before the loop. Changes before the step take effect now, and later changes
        are re-applied at their steps.

        Args:
            step: The next step to train.
            snapshot: The result of :meth:`snapshot` at the time when the loaded checkpoint was saved.
            **env: ``max_steps`` and other values, as for :meth:`apply`.

        Raises:
            BridgeError: when it is called twice, or after :meth:`apply`.
        """
        if not self._started:
            self._opening.registered = ((snapshot or {}).get("kernel") or {}).get("registered")
        self.start()
        step = whole(step)
        self._place.step, self._place.call = step - 1, -1
        message = {"k": "continue", "env": self._place.env({**env, "step": step}), "snapshot": snapshot}
        result = drive(self._meetings.meet(lambda: self._contacts.talk(message)))
        self._place.look()  # The first safe point always makes a contact.
        return result

    def apply(self, env: Mapping[str, Any], events: Sequence[str] = ()) -> ApplyResult:
        """The safe point: commands take effect here, and metrics are recorded. It takes less than a microsecond if
        there is nothing to do.

        Args:
            env: ``step`` (the step just trained, from 0); ``metrics``, ``epoch``, ``phase``, ``max_steps``.
            events: Names of the events that have just happened, such as ``train_step_end``.

        Raises:
            BridgeError: when the first call has no such step, or the call comes from a different thread. A command
                never causes this error.
        """
        steps = self._steps(env, events)
        return IDLE if steps is None else drive(steps)

    async def apply_async(self, env: Mapping[str, Any], events: Sequence[str] = ()) -> ApplyResult:
        """Like :meth:`apply`, for an asyncio loop: other coroutines can run while the training run is paused.
        Everything else happens in the event loop's thread, as with :meth:`apply`. A loop must not call both.

        A task that is cancelled during a pause stops waiting, and is cancelled when the contact is over.

        Raises:
            BridgeError: as in :meth:`apply`.
        """
        steps = self._steps(env, events)
        return IDLE if steps is None else await drive_async(steps)

    def _steps(self, env: Mapping[str, Any], events: Sequence[str]) -> "Optional[Steps[ApplyResult]]":
        """Begins a safe point. Returns the contact that it needs, or None if nothing is left to do."""
        place = self._place
        try:
            step: int = env["step"]
        except KeyError:
            step = self._missing_step()
        if step == place.step:
            place.call += 1
        else:
            if step < place.step:
                place.look()
            place.step = step
            place.call = 0
        if place.flag[0] or step >= place.due:
            return self._contact(env, events)
        if place.moves:
            place.move()
        if self._callbacks.active:
            self._callbacks.run(step, env, events)
        if "metrics" in env or "loss" in env or "train_loss" in env or "val_loss" in env:
            self._points.record(env)
        return None

    def _contact(self, env: Mapping[str, Any], events: Sequence[str]) -> "Steps[ApplyResult]":
        if self._closed:
            return IDLE
        self.start()
        if threading.get_ident() != self._thread:
            raise BridgeError("`apply` must be called in the thread that called it first")
        if self._contacts.is_talking:
            raise BridgeError("`apply` must not be called by a control or a handler, or while another `apply` is waiting")
        self._server.functions.env = env
        points, is_follower = self._points, self._meetings.follower is not None
        if is_follower:
            points.begin(env, events)
        result = yield from self._meetings.meet(lambda: self._visit(env, events))
        if is_follower and result.rewound is None:
            points.tell()
        return result

    def _visit(self, env: Mapping[str, Any], events: Sequence[str]) -> "Steps[ApplyResult]":
        place, points = self._place, self._points
        if self._meetings.has_nothing():
            if place.moves:
                place.move()
            points.begin(env, events)
            points.tell()
            return IDLE
        names = [events] if isinstance(events, str) else [str(event) for event in events]
        message: Json = {"k": "apply", "env": place.env(env), "events": names, "call": place.call}
        if place.moved is not None:
            message["moved"] = place.moved
        points.begin(env, names)
        result = yield from self._contacts.talk(message)
        if result.rewound is None:
            points.tell()
        points.end()
        return result

    def submit(self, module: str, op: str, id: str = "main", params: Optional[Json] = None) -> str:
        """Requests a change from the trainer itself. It is applied at the next safe point, and recorded like any other.
        With several ranks, only rank 0's request counts, and the change is applied when the ranks next synchronize.

        Returns:
            The ``cid`` that its ledger line will have.

        Raises:
            TypeError: for params that JSON cannot represent.
        """
        return self._contacts.submit(module, op, id, params, counts=self._meetings.follower is None)

    def save_checkpoint(self, tag: Optional[str] = None) -> str:
        """Requests a checkpoint, which is saved at the end of the next safe point. The default ``tag`` is ``step-N``."""
        more = {} if tag is None else {"tag": tag}
        return self.submit("core", "checkpoint", params={"action": "save", **more})

    def look(self) -> None:
        """Makes the next :meth:`apply` check for commands, even if none has been detected."""
        self._contacts.want(NOW)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def snapshot(self) -> Json:
        """Returns the state to store with the trainer's checkpoint, for :meth:`continue_from`. All ranks must call it."""
        self.start()
        drive(self._meetings.meet(self._take_snapshot))
        return self._meetings.snapshot

    def _take_snapshot(self) -> "Steps[ApplyResult]":
        done = yield from self._contacts.ask("snapshot")
        self._meetings.snapshot = done.get("snapshot") or {}
        return IDLE

    @property
    def seq(self) -> int:
        """The number of the last ledger line known to this process."""
        return self._link.seq

    def close(self, env: Optional[Mapping[str, Any]] = None) -> None:
        """Writes pending data and stops the sidecar process.

        Raises:
            RecipeError: when a strict replay was not followed exactly.
        """
        if self._closed:
            return
        problems: Sequence[str] = ()
        try:
            if self._started and self._meetings.follower is None and not self._link.is_waiting:
                problems = drive(self._contacts.ask("close")).get("problems") or ()
        finally:
            self._closed = True
            if self._figures is not None:
                self._figures.close()
            self._place.leave()
            leave_directory(self)
            self._link.close()
        if problems:
            raise RecipeError(problems)

    def __enter__(self) -> "HotKernel":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if error is not None:
            self._tell_lost()
        try:
            self.close()
        except BridgeError:
            if error is None:
                raise

    def _tell_lost(self) -> None:
        if not self._closed:
            self._meetings.tell_lost(lambda: self.apply({"step": max(0, self._place.step)}))

    def _missing_step(self) -> int:
        if self._place.step < 0:
            raise BridgeError("`apply` needs `step`, the step just trained, such as {'step': 0}")
        return self._place.step

    # A forked child has no kernel, since the pipes belong to the parent.
    def _forget(self) -> None:
        self._closed = True
        self._place.leave()
        self._place.moves = []
        self._points.is_recording = False
        if self._link.sidecar is not None:
            self._link.sidecar.forget()


# Loops written for hotcb 2 do not call `close`, so the kernel is closed when the process exits.
def _at_exit(given: "weakref.ref[HotKernel]") -> None:
    kernel = given()
    if kernel is None or kernel._closed:
        return
    if getattr(sys, "last_value", None) is not None:
        kernel._tell_lost()  # Training has failed, so the run is not closed.
        return
    try:
        kernel.close()
    except BridgeError as error:
        log.warning("%s", error)
