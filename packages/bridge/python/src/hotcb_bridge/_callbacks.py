"""The callbacks of a training run. Commands load, enable and disable them; this module runs them."""

from __future__ import annotations

import time
import traceback
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ._sources import imports_of, symbol_of
from ._wire import Message

COSTS_SECONDS = 1.0
METHODS = ("set_params", "get_params", "flush", "snapshot", "restore", "close")

_SIMPLE = (bool, int, float, str, type(None))


class Instance:
    """One loaded instance of a callback."""

    def __init__(self, number: int, id: str, key: Any, symbol: Any) -> None:
        self.number = number
        self.id = id
        self.key = key
        self.symbol = symbol
        self.init: Mapping[str, Any] = {}
        self.made: Any = None
        self.attached = False
        self.tripped = False
        self.calls = self.errors = self.streak = 0
        self.total = self.longest = 0.0
        self.last: Optional[Tuple[int, str]] = None

    def make(self, init: Mapping[str, Any]) -> None:
        self.init = dict(init)
        self.take(self.symbol(**init) if callable(self.symbol) else self.symbol)

    def take(self, made: Any) -> None:
        if not callable(getattr(made, "handle", None)):
            raise TypeError(f"a callback must have `handle(event, env)`, got {type(made).__name__}")
        self.made = made

    def methods(self) -> List[str]:
        return [name for name in METHODS if callable(getattr(self.made, name, None))]

    def call(self, method: str, args: Sequence[Any]) -> Any:
        function = getattr(self.made, method, None)
        if method == "set_params" and function is not None:
            return function(**args[0])
        if function is not None:
            return function(*args)
        # These are the values before the first `set_params`, so that they can be restored.
        simple = vars(self.made) if method == "get_params" and hasattr(self.made, "__dict__") else {}
        return {name: value for name, value in simple.items() if isinstance(value, _SIMPLE)}

    def costs(self) -> List[Any]:
        last = None if self.last is None else {"step": self.last[0], "message": self.last[1]}
        costs = {"calls": self.calls, "errors": self.errors, "totalMs": self.total * 1000, "maxMs": self.longest * 1000}
        return [self.number, {**costs, "lastError": last}]


def _own(number: int, id: str, made: Any) -> Instance:
    instance = Instance(number, id, None, made)
    instance.take(made)
    return instance


class Host:
    """Runs callbacks when the training run's events occur, and catches the exceptions that they raise."""

    def __init__(
        self,
        *,
        log: Callable[[str], None],
        submit: Callable[..., str],
        run_dir: str,
        auto_disable_on_error: bool,
        tripped: Callable[[], None],
        own: Mapping[str, Any] = {},
    ) -> None:
        #: The callbacks that will run at the next event, in this order.
        self.active: List[Instance] = []
        self._log = log
        self._extra = {"log": log, "submit": submit, "run_dir": run_dir}
        self._auto_disable = auto_disable_on_error
        self._tripped = tripped
        self._loaded: Dict[int, Instance] = {}
        # The trainer's own callbacks. Every sidecar has them, and their numbers are negative.
        self._own = {-1 - i: _own(-1 - i, id, made) for i, (id, made) in enumerate(own.items())}
        # The callbacks that belonged to a lost sidecar. The next sidecar adopts them, so that no callback is created a
        # second time.
        self._orphans: List[Instance] = []
        self._trips: List[List[Any]] = []
        self._told_at = 0.0

    def serve(self, request: Message) -> Any:
        """Answers a request about callbacks. If the callback's code raises an exception, the command fails with that
        exception.
        """
        kind = request["k"]
        if kind == "cb.imports":
            return imports_of(request["path"], request["place"], request["text"])
        if kind == "cb.load":
            return self._load(request)
        if kind == "cb.run":
            self._run_only([self._find(number) for number in request["list"]])
            return None
        instance = self._find(request["n"])
        if kind == "cb.make":
            return self._make(instance, request["init"]).methods()
        if kind == "cb.call":
            if request["method"] == "close":
                self._loaded.pop(request["n"], None)
                instance.call("flush", ())
            return instance.call(request["method"], request["args"])
        raise ValueError(f"the sidecar requested `{kind}`, which this client does not support")

    def describe_own(self) -> List[Message]:
        """Returns the description of the trainer's own callbacks for the sidecar."""
        return [{"id": one.id, "methods": one.methods()} for one in self._own.values()]

    def run(self, step: int, env: Mapping[str, Any], events: Sequence[str]) -> None:
        """Runs all callbacks for each event."""
        view = {**self._extra, **env}
        for event in [events] if isinstance(events, str) else events:
            for instance in self.active:
                if not instance.tripped:
                    self._call(instance, event, step, view)

    def _call(self, instance: Instance, event: str, step: int, view: Mapping[str, Any]) -> None:
        started = time.perf_counter()
        try:
            if not instance.attached:
                attach = getattr(instance.made, "on_attach", None)
                if attach is not None:
                    attach(view)
                instance.attached = True
            instance.made.handle(event, view)
            instance.streak = 0
        except Exception as error:
            self._count(instance, error, f"step {step}, {event}", step)
        elapsed = time.perf_counter() - started
        instance.calls += 1
        instance.total += elapsed
        instance.longest = max(instance.longest, elapsed)

    def _count(self, instance: Instance, error: Exception, at: str, step: int) -> None:
        message = f"{type(error).__name__}: {error}"
        instance.errors += 1
        instance.streak += 1
        instance.last = (step, message)
        # A callback that is never disabled may fail at each step, so only the 1st, 2nd, 4th, 8th, ... consecutive error
        # is logged.
        if instance.streak & (instance.streak - 1) == 0:
            self._log(f"callback {instance.id}: raised at {at}: {traceback.format_exc().strip()}")
        if self._auto_disable:
            self._trip(instance, f"raised at {at}: {message}")

    def _trip(self, instance: Instance, reason: str) -> None:
        instance.tripped = True
        self._trips.append([instance.number, reason])
        self._tripped()

    def take_trips(self) -> List[List[Any]]:
        """Returns and clears the callbacks that have tripped on this rank. They are sent to rank 0, which has the
        sidecar.
        """
        trips, self._trips = self._trips, []
        return trips

    def add_trips(self, rank: int, trips: Sequence[Sequence[Any]]) -> None:
        """Stops the callbacks that have tripped on another rank."""
        for number, reason in trips:
            instance = self._own.get(number) or self._loaded.get(number)
            if instance is not None and instance in self.active and not instance.tripped:
                self._trip(instance, f"rank {rank}: {reason}")

    def news(self) -> Optional[Message]:
        """Returns news for the sidecar: trips immediately, costs once a second."""
        now = time.monotonic()
        if not (self._loaded or self._own) or (not self._trips and now - self._told_at < COSTS_SECONDS):
            return None
        self._told_at = now
        running = [*self._own.values(), *self._loaded.values()]
        return {"trips": self.take_trips(), "costs": [one.costs() for one in running if one.made is not None]}

    def orphan(self) -> None:
        """Called when the sidecar is lost. Running callbacks keep running."""
        self._orphans += self._loaded.values()
        self._loaded = {}

    def settle(self) -> None:
        """Called when another sidecar has taken over. Closes the callbacks that it has not adopted."""
        known = [*self._own.values(), *self._loaded.values()]
        self.active = [one for one in self.active if one in known]
        orphans, self._orphans = self._orphans, []
        for instance in orphans:
            if instance.made is not None:
                try:
                    instance.call("close", ())
                except Exception as error:
                    self._log(f"callback {instance.id}: `close` raised {type(error).__name__}: {error}")

    def _find(self, number: int) -> Instance:
        return self._own[number] if number < 0 else self._loaded[number]

    def _run_only(self, instances: List[Instance]) -> None:
        for one in instances:
            if one not in self.active:  # The callback was enabled again.
                one.tripped = False
                one.streak = 0
        self.active = instances
        # A callback that has tripped and no longer runs needs no further action.
        numbers = [one.number for one in instances]
        self._trips = [trip for trip in self._trips if trip[0] in numbers]

    def _load(self, request: Message) -> None:
        number, id, symbol, module = request["n"], request["id"], request["symbol"], request.get("module")
        files = request.get("files") or []
        hashes = tuple(sorted((file["place"], file["sha256"]) for file in files))
        found = symbol_of(number, symbol, module=module, entry=request.get("entry", ""), files=files)
        self._loaded[number] = Instance(number, id, (symbol, module, hashes), found)

    def _make(self, instance: Instance, init: Mapping[str, Any]) -> Instance:
        for orphan in self._orphans:
            if (orphan.id, orphan.key, orphan.init) == (instance.id, instance.key, init) and orphan.made is not None:
                self._orphans.remove(orphan)
                orphan.number = instance.number
                self._loaded[instance.number] = orphan
                return orphan
        instance.make(init)
        return instance
