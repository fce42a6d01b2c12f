"""The safe point of a training loop."""

from __future__ import annotations

import atexit
import operator
import os
import secrets
import socket
import sys
import threading
import weakref
from types import TracebackType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple, Type, Union

from ._callbacks import Host
from ._collective import Collective, find_collective
from ._crew import Follower, Lead
from ._directories import leave_directory, take_directory
from ._errors import BridgeError, RecipeError, SidecarLost
from ._link import NEVER, NOW, Link, Tail
from ._page import as_number, metrics_of
from ._results import IDLE, ApplyResult, result_of
from ._serve import Server
from ._wire import WIRE_VERSION, Message, encode
from .actuators import Actuator, MutableState
from .checkpoints import LoadFn, SaveFn
from .metrics import MetricsCollector

Json = Dict[str, Any]

# Losses of a sidecar that is just being started, in a row, after which it is tried again later.
RESTARTS = 3


class HotKernel:
    """A training under live control: call :meth:`apply` between two steps.

    A process beside this one (Node, started at the first call) decides about commands and writes the run directory.
    When it dies it is started again, and training goes on.

    Args:
        run_dir: The run directory; created if necessary.
        mutable_state: The controls, as from :func:`optimizer_actuators` and :func:`loss_actuators`.
        metrics_collector: Which metrics are written: all by default, none if False.
        save: Writes the trainer's state, for ``checkpoint save``; see :func:`torch_checkpoint`.
        load: Reads it, for ``checkpoint load``.
        keep: How many checkpoints named ``step-N`` are kept. Default: all.
        resume: What :meth:`continue_from` does with changes at or after its step: ``history`` makes them again,
            ``cut`` leaves them out, ``off`` starts over.
        auto_disable_on_error: Whether a callback that raises is disabled, with a line in the ledger.
        collective: How ranks reach each other: torch.distributed by default, if it is initialised at the start.
        collective_save: Whether ``save`` must be called on all ranks. Default: on rank 0 only.
        node: The Node to use. Default: ``HOTCB_NODE``, that of the extra ``node``, or ``node`` on PATH.
        debounce_steps, poll_interval_sec: Accepted for hotcb 2, and without effect: commands are noticed as they come.

    Raises:
        BridgeError: when the run directory cannot be written.
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
        _make_directory(self.run_dir)
        self._state = mutable_state if isinstance(mutable_state, MutableState) else MutableState(mutable_state)
        self._metrics = MetricsCollector() if metrics_collector is True else metrics_collector
        self._handlers = {"save": save is not None, "load": load is not None}
        self._keep_checkpoints = keep
        self._collective = collective
        self._shares_saves = collective_save
        #: The other ranks. Rank 0 leads; on the others there is no sidecar.
        self._lead: Optional[Lead] = None
        self._follower: Optional[Follower] = None
        self._asked = False
        # The first step at which the kernel wants a contact. With ranks, `_due` is where they meet.
        self._wanted: int = NOW
        self._resume = resume
        self._registered: Optional[Json] = None
        self._initial: List[Json] = []
        self._callbacks = Host(
            log=lambda message: self._link.write_log(message),
            submit=self.submit,
            run_dir=self.run_dir,
            auto_disable_on_error=auto_disable_on_error,
            tripped=lambda: self._want(NOW),
        )
        self._server = Server(
            save=save,
            load=load,
            tell=self._tell,
            callbacks=self._callbacks,
            is_interrupted=lambda: self._link.interrupt is not None,
        )
        self._link = Link(self.run_dir, node, lambda request: self._server.serve(request))
        self._server.keep = self._link.keep
        self._flag = self._link.page.flag
        self._step = -1
        self._call = -1
        self._due: int = NOW
        self._max_steps: Optional[int] = None
        # Tables of what ramps move: [control, first step, rows].
        self._moves: List[Any] = []
        self._moved: Optional[int] = None
        # As the sidecar has sent them since the last meeting of the ranks.
        self._tables: Optional[List[Json]] = None
        self._snapshot: Json = {}
        self._submits: List[Json] = []
        self._submitted = 0
        self._token = secrets.token_hex(4)
        self._untold: Optional[Tuple[Mapping[str, Any], Sequence[str]]] = None
        self._used: List[Actuator] = []
        self._started = False
        self._closed = False
        self._talking = False
        self._thread = 0
        self._said: Set[str] = set()
        take_directory(self)

    # The loop.

    def start(self) -> None:
        """Starts the process beside this one. Otherwise the first call of another method does.

        Raises:
            BridgeError: when that is impossible: no Node, a run directory of a later version, several ranks.
        """
        if self._started or self._closed:
            return
        self._thread = threading.get_ident()
        self._server.controls = controls = list(self._state)
        self._used = [control for control in controls if control.used is not None]
        self._initial = [control.describe() for control in controls]
        self._gather(find_collective(self._collective))
        self._meet(self._open)
        self._started = True
        self._due = self._wanted = NOW

    def _open(self) -> ApplyResult:
        try:
            self._link.start(self._opening())
        except SidecarLost as error:
            how = self._link.bury()
            raise BridgeError(f"the hotcb sidecar cannot be started: it {how}: {error}") from None
        return IDLE

    def continue_from(self, step: int, snapshot: Optional[Json] = None, **env: Any) -> ApplyResult:
        """Call it before the loop: earlier changes of this run directory are in force from here on, and later ones are
        made again at their steps.

        Args:
            step: The next step to train.
            snapshot: The result of :meth:`snapshot` when the checkpoint was saved that the trainer has loaded.
            **env: ``max_steps`` and so on, as in :meth:`apply`.

        Raises:
            BridgeError: when it is called twice, or after :meth:`apply`.
        """
        registered = ((snapshot or {}).get("kernel") or {}).get("registered")
        if not self._started:
            self._registered = registered
        self.start()
        step = _whole(step)
        self._step, self._call = step - 1, -1
        message = {"k": "continue", "env": self._env({**env, "step": step}), "snapshot": snapshot}
        result = self._meet(lambda: self._talk(message))
        self._due = self._wanted = NOW  # The first safe point always looks.
        return result

    def apply(self, env: Mapping[str, Any], events: Sequence[str] = ()) -> ApplyResult:
        """The safe point: commands take effect here, and metrics are recorded. Costs less than a microsecond if there
        is nothing to do.

        Args:
            env: ``step`` (the step just trained, from 0); ``metrics``, ``epoch``, ``phase``, ``max_steps``.
            events: Names of what has just happened, such as ``train_step_end``.

        Raises:
            BridgeError: when the first call has no such step, or in another thread. Never for what a command asks.
        """
        try:
            step: int = env["step"]
        except KeyError:
            step = self._missing_step()
        if step == self._step:
            self._call += 1
        else:
            if step < self._step:
                self._due = self._wanted = NOW
            self._step = step
            self._call = 0
        if self._flag[0] or step >= self._due:
            return self._contact(env, events)
        if self._moves:
            self._move(step)
        if self._callbacks.active:
            self._callbacks.run(step, env, events)
        if "metrics" in env or "loss" in env or "train_loss" in env or "val_loss" in env:
            self._record(env)
        return IDLE

    def submit(self, module: str, op: str, id: str = "main", params: Optional[Json] = None) -> str:
        """Requests a change by the trainer itself. It is made at the next safe point, and recorded like any other.
        With several ranks that of rank 0 counts, and it is made where they meet next.

        Returns:
            The ``cid`` that its ledger line will have.

        Raises:
            TypeError: for params that JSON does not have.
        """
        self._submitted += 1
        cid = f"py-{self._token}-{self._submitted}"
        asked = {"module": module, "op": op, "id": id, "params": params, "cid": cid}
        encode(asked)
        if self._follower is None:
            self._submits.append(asked)
            self._want(NOW)
        return cid

    def save_checkpoint(self, tag: Optional[str] = None) -> str:
        """Requests a checkpoint: it is saved at the end of the next safe point. Default of ``tag``: ``step-N``."""
        more = {} if tag is None else {"tag": tag}
        return self.submit("core", "checkpoint", params={"action": "save", **more})

    def look(self) -> None:
        """The next :meth:`apply` looks for commands, whatever was noticed."""
        self._want(NOW)

    def add(self, *actuators: Actuator) -> None:
        """Adds controls, before the start.

        Raises:
            BridgeError: after it.
        """
        if self._started:
            raise BridgeError("controls must be added before the first `apply` or `continue_from`")
        self._state.add(*actuators)

    def snapshot(self) -> Json:
        """What to keep with a checkpoint of the trainer, for :meth:`continue_from`. All ranks call it."""
        self.start()
        self._meet(self._take_snapshot)
        return self._snapshot

    def _take_snapshot(self) -> ApplyResult:
        self._snapshot = self._exchange({"k": "snapshot", **self._carried()}).get("snapshot") or {}
        return IDLE

    @property
    def seq(self) -> int:
        """Number of the last ledger line that is known here."""
        return self._link.seq

    def close(self, env: Optional[Mapping[str, Any]] = None) -> None:
        """Writes what is pending, and ends the process.

        Raises:
            RecipeError: when a strict replay was not followed exactly.
        """
        if self._closed:
            return
        problems: Sequence[str] = ()
        try:
            if self._started and self._follower is None and not self._link.is_waiting:
                problems = self._exchange({"k": "close", **self._carried()}).get("problems") or ()
        finally:
            self._closed = True
            self._due = NEVER
            self._flag = memoryview(bytearray(1))
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

    # Contacts.

    def _contact(self, env: Mapping[str, Any], events: Sequence[str]) -> ApplyResult:
        if self._closed:
            return IDLE
        self.start()
        if threading.get_ident() != self._thread:
            raise BridgeError("`apply` must be called in the thread that called it first")
        if self._talking:
            raise BridgeError("`apply` must not be called by a control or a handler")
        if self._follower is not None:
            self._untold = (env, events)
        result = self._meet(lambda: self._visit(env, events))
        if self._follower is not None and result.rewound is None:
            self._tell()
        return result

    def _visit(self, env: Mapping[str, Any], events: Sequence[str]) -> ApplyResult:
        if self._lead is not None and not self._link.page.flag[0] and self._step < self._wanted:
            # The ranks meet, and there is nothing to do.
            if self._moves:
                self._move(self._step)
            self._untold = (env, events)
            self._tell()
            return IDLE
        names = [events] if isinstance(events, str) else [str(event) for event in events]
        message: Json = {"k": "apply", "env": self._env(env), "events": names, "call": self._call}
        if self._moved is not None:
            message["moved"] = self._moved
        self._untold = (env, names)
        result = self._talk(message)
        if result.rewound is None:
            self._tell()
        self._untold = None
        return result

    def _talk(self, message: Message) -> ApplyResult:
        done = self._exchange({**message, **self._carried()})
        result = result_of(done["result"])
        if result.rewound is not None:
            self._step, self._call = result.rewound - 1, 0
        interrupt, self._link.interrupt = self._link.interrupt, None
        if interrupt is not None:
            raise interrupt
        return result

    def _exchange(self, message: Message) -> Message:
        """One contact, with another sidecar if this one is lost."""
        link = self._link
        self._talking = True
        losses = 0
        try:
            while True:
                if link.sidecar is None and not link.can_retry:
                    self._submits += message.get("submits", ())
                    self._want(NOW)
                    return _nothing(link.seq)
                try:
                    if link.sidecar is None:
                        self._restart(message)
                except BridgeError as error:
                    link.wait_to_retry(str(error))
                    continue
                except SidecarLost as error:
                    losses += 1
                    link.bury()
                    link.put_back()
                    if losses >= RESTARTS:
                        link.wait_to_retry(str(error))
                    continue
                try:
                    done = self._follow(link.exchange(message))
                    if message["k"] == "apply":
                        self._server.is_paused = done["result"]["paused"]
                    return done
                except SidecarLost:
                    lost = self._recover(message)
                    if lost is not None:
                        return lost
        except BridgeError:
            raise
        except BaseException:
            link.give_up()
            self._want(NOW)
            raise
        finally:
            self._talking = False

    def _follow(self, done: Message) -> Message:
        due = done["due"]
        self._want(NEVER if due is None else due)
        self._take_moves(done.get("moves", []))
        return done

    def _take_moves(self, moves: List[Json]) -> None:
        controls = self._server.controls
        self._moves = [(controls[move["i"]], move["first"], move["rows"]) for move in moves]
        self._moved = None
        self._tables = moves

    def _want(self, step: int) -> None:
        """A contact is needed at that step. With several ranks it is made where they meet."""
        self._wanted = step
        if self._lead is None or self._lead.lost is not None:
            self._due = step

    def _recover(self, message: Message) -> Optional[Message]:
        """After the end of a sidecar: the state of its last ledger line."""
        link = self._link
        how = link.bury()
        count, tail = link.put_back()
        if tail.paused is not None:
            self._server.is_paused = tail.paused
        changes = "1 change" if count == 1 else f"{count} changes"
        again = f"; {changes} without a line put back" if count else ""
        link.note(f"the hotcb sidecar {how} and is started again at step {max(0, self._step)}; nothing was lost{again}")
        message["submits"] = [one for one in message.get("submits", ()) if one["cid"] not in tail.cids]
        return self._loaded(tail) if message["k"] == "apply" else None

    def _loaded(self, tail: Tail) -> Optional[Message]:
        """The result of a checkpoint load whose line was written before the sidecar was lost."""
        if tail.rewound is None:
            return None
        self._want(NOW)  # The next `apply` starts another one.
        done = _nothing(self._link.seq)
        paused = self._server.is_paused
        return {**done, "result": {**done["result"], "rewound": tail.rewound, "paused": paused}}

    def _restart(self, message: Message) -> None:
        """Starts another sidecar for a training that is under way."""
        link = self._link
        self._callbacks.orphan()
        self._follow(link.start(self._opening()))
        if message["k"] == "continue" or self._step < 0:
            self._callbacks.settle()
            return  # Nothing has begun: the same message begins it.
        # An `apply` is made again; after anything else, the next one comes.
        call = self._call if message["k"] == "apply" else self._call + 1
        takeover = {
            "k": "takeover",
            "place": {"step": max(0, self._step), "call": max(0, call)},
            "since": link.attempt,
            "max_steps": self._max_steps,
            "snapshot": None,
            **self._carried(is_repeated=True),
        }
        self._follow(link.exchange(takeover))
        self._callbacks.settle()
        self._want(NOW)

    def _opening(self) -> Json:
        opening: Json = {
            "k": "open",
            "bridge": WIRE_VERSION,
            "run_dir": self.run_dir,
            "controls": self._initial,
            "identity": {"pid": os.getpid(), "host": socket.gethostname()},
            "continue": self._resume,
            "paused": self._server.is_paused,
            "metrics": self._metrics.describe() if isinstance(self._metrics, MetricsCollector) else False,
            "handlers": self._handlers,
            "callbacks": True,
        }
        if self._lead is not None:
            opening["world"] = self._lead.port.world_size
        registered = self._registered
        if registered is None and self._link.attempt > 0:
            # The values now are not those at registration.
            registered = {control["key"]: control["initial"] for control in self._initial}
        if registered is not None:
            opening["registered"] = registered
        if self._keep_checkpoints is not None:
            opening["keep"] = self._keep_checkpoints
        return opening

    def _carried(self, is_repeated: bool = False) -> Json:
        carried: Json = {"head": self._link.page.head}
        for control in self._server.controls:
            if control.rates is not None:
                try:
                    carried["rates"] = control.rates()
                except ValueError as error:  # Groups were added: a command fails with the same words.
                    self._say_once(str(error))
        if self._lead is not None and self._lead.lost is not None:
            carried["lost"] = self._lead.lost
        news = None if is_repeated else self._callbacks.news()
        if news is not None:
            carried["callbacks"] = news
        if self._submits and not is_repeated:
            carried["submits"], self._submits = self._submits, []
        return carried

    def _env(self, env: Mapping[str, Any]) -> Json:
        told: Json = {"step": _whole(env["step"] if "step" in env else self._step)}
        epoch, phase = _epoch(env), env.get("phase")
        if epoch is not None:
            told["epoch"] = epoch
        if phase is not None:
            told["phase"] = str(phase)
        total = env.get("max_steps", env.get("total_steps"))
        if total is not None:
            told["max_steps"] = self._max_steps = _whole(total)
        return told

    # Ranks.

    def _gather(self, port: Optional[Collective]) -> None:
        if port is None:
            return
        crew: Union[Lead, Follower]
        if port.rank == 0:
            crew = self._lead = Lead(port, self._server.serve, self._link.keep, shares_saves=self._shares_saves)
            self._link.serve = crew.serve
        else:
            crew = self._follower = Follower(port, self._server.serve)
            self._metrics = False
            self._link.close()
        crew.introduce()
        atexit.register(_at_exit, weakref.ref(self))
        self._server.keep = crew.keep
        # Rank 0 alone sees the flag: it must not go its own way for it.
        self._flag = memoryview(bytearray(1))

    def _meet(self, act: Callable[[], ApplyResult]) -> ApplyResult:
        """Acts, on several ranks together with the others."""
        if self._follower is not None:
            return self._listen(self._follower)
        lead = self._lead
        if lead is None or lead.lost is not None:
            return act()
        lead.begin()
        self._tables = None
        try:
            result = act()
        except BaseException as error:
            lead.end({"error": f"{type(error).__name__}: {error}"}, self._step, is_settled=False)
            raise
        self._due = due = lead.next_step(self._step, self._wanted)
        header: Json = {"next": due, "seq": self._link.seq}
        if result is not IDLE:
            header["result"] = result._asdict()
        if self._tables is not None:
            header["moves"] = self._tables
        if self._snapshot:
            header["snapshot"] = self._snapshot
        lead.end(header, self._step, is_settled=not self._link.is_unsettled)
        if lead.lost is not None:
            self._flag = self._link.page.flag
            self._want(NOW)
        return result

    def _listen(self, follower: Follower) -> ApplyResult:
        end = follower.follow()
        if end is None:
            self._due = NEVER
            return IDLE
        self._due = end["next"]
        self._link.seq = end["seq"]
        self._snapshot = end.get("snapshot", {})
        if "moves" in end:
            self._take_moves(end["moves"])
        elif self._moves:
            self._move(self._step)
        result = result_of(end.get("result", {}))
        if result.rewound is not None:
            self._step, self._call = result.rewound - 1, 0
        return result

    def _tell_lost(self) -> None:
        """The training has failed, perhaps for a rank that is gone: then the ledger names it."""
        lead = self._lead
        if lead is None or self._closed or self._talking or lead.lost is not None or not lead.look_around():
            return
        self._flag = self._link.page.flag
        self._want(NOW)
        try:
            self.apply({"step": max(0, self._step)})
        except BaseException as error:
            self._link.note(f"{lead.lost}; it could not be recorded: {error}")

    # Between contacts.

    def _move(self, step: int) -> None:
        for control, first, rows in self._moves:
            if 0 <= step - first < len(rows):
                control.write(rows[step - first])
        self._moved = step

    def _tell(self) -> int:
        """Runs the callbacks of this safe point and puts its metrics into the ring, once."""
        untold, self._untold = self._untold, None
        if untold is not None:
            env, events = untold
            if self._callbacks.active:
                self._callbacks.run(self._step, env, events)
            self._record(env)
        return self._link.page.head

    def _record(self, env: Mapping[str, Any]) -> None:
        if self._metrics is False:
            return
        metrics = metrics_of(env)
        if not metrics:
            return
        for control in self._used:
            if control.key not in metrics and control.used is not None:
                value = control.used()
                if value is not None:
                    metrics = {**metrics, control.key: value}
        link = self._link
        now = link.page.put_metrics(self._step, _epoch(env), metrics, link.wait_for_room)
        link.ring(now)

    def _say_once(self, problem: str) -> None:
        if problem not in self._said:
            self._said.add(problem)
            self._link.note(problem)

    def _missing_step(self) -> int:
        if self._step < 0:
            raise BridgeError("`apply` needs `step`, the step just trained, such as {'step': 0}")
        return self._step

    # In a forked child there is no kernel: the pipes belong to the parent.
    def _forget(self) -> None:
        self._closed = True
        self._due = NEVER
        self._flag = memoryview(bytearray(1))
        self._metrics = False
        self._moves = []
        if self._link.sidecar is not None:
            self._link.sidecar.forget()


def _at_exit(given: "weakref.ref[HotKernel]") -> None:
    kernel = given()
    if kernel is not None and getattr(sys, "last_value", None) is not None:
        kernel._tell_lost()


def _nothing(seq: int) -> Message:
    """The end of a contact that no sidecar has answered."""
    return {"k": "done", "result": IDLE._asdict(), "due": NOW, "seq": seq}


def _epoch(env: Mapping[str, Any]) -> Optional[float]:
    epoch = env.get("epoch")
    return epoch if epoch is None or isinstance(epoch, (int, float)) else as_number(epoch)


def _whole(value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise BridgeError(f"a step must be a whole number of at least 0, got {value!r}")
    return number


def _make_directory(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise BridgeError(f"the run directory `{path}` cannot be created: {error}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise BridgeError(f"the run directory `{path}` cannot be written")
