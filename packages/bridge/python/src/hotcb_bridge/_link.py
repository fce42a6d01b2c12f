"""The link to the sidecar. If the sidecar dies, nothing that it has acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import json
import os
import time
import traceback
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

from ._errors import BridgeError, RanksError, SidecarLost
from ._log import append_log
from ._page import DRAINED, RING_BYTES, Page
from ._process import Sidecar, log
from ._waiting import Steps, drive
from ._wire import Message

NEVER = 1 << 62
NOW = -1

Serve = Callable[[Message], Any]


class Tail(NamedTuple):
    """The lines of the ledger after a position."""

    seqs: Set[int]
    cids: Set[str]
    #: The step to which a checkpoint load returns, if the lines contain a load.
    rewound: Optional[int]
    #: Whether the run is paused after these lines; None if no line pauses or resumes it.
    paused: Optional[bool]


class Link:
    """Makes one contact after another with a sidecar that may be replaced at any time."""

    def __init__(self, run_dir: str, node: Optional[str], serve: Serve) -> None:
        self.run_dir = run_dir
        self.page = Page()
        self.attempt = 0
        self.bytes = 0
        self.seq = 0
        #: The exception that a signal handler raised during a contact. It is raised again when the contact is over.
        self.interrupt: Optional[BaseException] = None
        self.sidecar: Optional[Sidecar] = None
        self._node = node
        #: Answers a request, on all ranks if there are several.
        self.serve = serve
        # The changes that have no ledger line yet: the line's seq, and the undo function.
        self._undo: List[Tuple[Optional[int], Callable[[], None]]] = []
        self._retry_at = 0.0
        self._retry_seconds = 1.0
        self._rung = 0
        self._rung_at = 0.0

    @property
    def can_retry(self) -> bool:
        return time.monotonic() >= self._retry_at

    @property
    def is_waiting(self) -> bool:
        """Whether there is no sidecar and none can be started yet."""
        return self.sidecar is None and not self.can_retry

    def start(self, opening: Mapping[str, Any]) -> Message:
        """Starts a sidecar and opens the run.

        Raises:
            BridgeError: when the sidecar cannot be started.
            SidecarLost: when it has exited in the meantime.
        """
        self.sidecar = Sidecar(self.page, self._node)
        try:
            done = drive(self.exchange({**opening, "shapes": self.page.shapes}))
        except BridgeError:
            self._drop()
            raise
        self._retry_seconds = 1.0
        return done

    @property
    def is_unsettled(self) -> bool:
        """Whether some changes have no ledger line yet."""
        return bool(self._undo)

    def exchange(self, message: Mapping[str, Any]) -> "Steps[Message]":
        """Makes one contact. It yields while the run is paused, and stops waiting if an exception is thrown into the
        generator.

        Raises:
            SidecarLost: when the sidecar has exited in the meantime.
            BridgeError: when the sidecar rejects it.
        """
        sidecar = self.sidecar
        if sidecar is None:
            raise SidecarLost("it is not running")
        sidecar.contact(message)
        while True:
            try:
                told = sidecar.receive()
            except SidecarLost:
                raise
            except BaseException as error:
                # A signal handler has raised an exception. A second one aborts the contact immediately.
                if self.interrupt is not None:
                    raise
                self.interrupt = error
                continue
            if told["k"] == "done":
                return self._finish(told)
            if told["k"] == "error":
                raise BridgeError(told["message"])
            answer = self._answer(told)
            if told["k"] == "wait" and answer.get("v"):
                answer = yield from self._wait(told["ms"] / 1000)
            sidecar.answer(answer)

    def _wait(self, seconds: float) -> "Steps[Dict[str, Any]]":
        try:
            yield seconds
        except GeneratorExit:
            raise
        except BaseException as error:
            if self.interrupt is not None:
                raise
            self.interrupt = error
        return {"v": self.interrupt is None}

    def keep(self, seq: Optional[int], put_back: Callable[[], None]) -> None:
        """Stores the undo function of a change until the change's ledger line is written."""
        self._undo.append((seq, put_back))

    def give_up(self) -> None:
        """Called when a contact was aborted. Kills the sidecar, and undoes the changes that have no ledger line."""
        if self.sidecar is not None:
            self.sidecar.kill()
            self.sidecar = None
        self.interrupt = None
        self.put_back()

    def put_back(self) -> Tuple[int, Tail]:
        """Undoes the changes that have no ledger line, newest first.

        Returns:
            The number of these changes, and the lines that were written since the last contact.
        """
        tail = self._read_ledger()
        count = 0
        for seq, back in reversed(self._undo):
            if seq is None or seq not in tail.seqs:
                count += 1
                try:
                    back()
                except Exception as error:
                    self.note(f"a change without a ledger line could not be undone: {type(error).__name__}: {error}")
        self._undo.clear()
        return count, tail

    def bury(self) -> str:
        """Cleans up after a lost sidecar.

        Returns:
            How it exited, for messages.
        """
        sidecar, self.sidecar = self.sidecar, None
        return "is gone" if sidecar is None else f"(pid {sidecar.pid}) {sidecar.kill()}"

    def wait_to_retry(self, why: str) -> None:
        """Called when no sidecar can be started. The next attempt is made after 1, 2, 4 and so on up to 60 s."""
        self._retry_at = time.monotonic() + self._retry_seconds
        if self._retry_seconds == 1.0:
            self.note(f"no commands are accepted until the hotcb sidecar can be started again: {why}")
        self._retry_seconds = min(60.0, self._retry_seconds * 2)

    def ring(self, now: float) -> None:
        """Asks the sidecar to drain the ring, at most every 50 ms, with one request at a time."""
        if now - self._rung_at < 0.05 or self.sidecar is None or self.page.words[DRAINED] < self._rung:
            return
        self._rung_at = now
        self._rung = self.page.head
        try:
            self.sidecar.contact({"k": "bell", "head": self.page.head})
        except SidecarLost:
            pass  # The flag was set when the sidecar exited.

    def wait_for_room(self, size: int) -> None:
        """Called when the ring is full. Waits for the sidecar, or writes the older half itself if there is no sidecar."""
        self._rung_at = self._rung = 0
        self.ring(time.time())
        until = time.monotonic() + 30
        while not self.page.room(size):
            sidecar = self.sidecar
            if sidecar is None or sidecar.process.poll() is not None or time.monotonic() > until:
                if sidecar is not None and sidecar.process.poll() is None:
                    sidecar.process.kill()
                    sidecar.process.wait()
                self._write_half()
                return
            time.sleep(0.0005)

    def note(self, message: str) -> None:
        """Logs a line for the person who is watching the training run, and writes it to ``hotcb.log``."""
        log.warning("%s", message)
        self.write_log(message)

    def write_log(self, message: str) -> None:
        """Writes a line only to ``hotcb.log``."""
        append_log(self.run_dir, "hotcb.bridge", message)

    def close(self) -> None:
        if self.sidecar is not None:
            self.sidecar.leave()
            self.sidecar = None
        self.page.close()

    def _finish(self, done: Message) -> Message:
        self.attempt = self.attempt or done["attempt"]
        self.seq = done["seq"]
        self.bytes = done["bytes"]
        written = done["written"]
        self._undo = [(seq, back) for seq, back in self._undo if seq is not None and seq > written]
        return done

    def _answer(self, request: Message) -> Dict[str, Any]:
        try:
            return answer_of(self.serve, request)
        except BaseException as error:
            if self.interrupt is not None:
                raise
            self.interrupt = error
            if request["k"] == "wait":
                return {"v": False}
            return {"error": f"interrupted by {type(error).__name__}"}

    def _drop(self) -> None:
        if self.sidecar is not None:
            self.sidecar.kill()
            self.sidecar = None

    def _read_ledger(self) -> Tail:
        seqs: Set[int] = set()
        cids: Set[str] = set()
        rewound: Optional[int] = None
        paused: Optional[bool] = None
        try:
            with open(os.path.join(self.run_dir, "hotcb.applied.jsonl"), "rb") as file:
                file.seek(self.bytes)
                text = file.read()
        except OSError:
            text = b""
        # A complete line without a newline counts too, since the next kernel will add the newline.
        for line in text.split(b"\n"):
            try:
                entry = json.loads(line)
                seqs.add(entry["seq"])
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(entry.get("cid"), str):
                cids.add(entry["cid"])
            if entry.get("module") != "core" or entry.get("decision") != "applied":
                continue
            op, payload = entry.get("op"), entry.get("payload") or {}
            if op == "checkpoint" and payload.get("action") == "load":
                rewound = payload.get("step")
            elif op in ("pause", "resume", "stop"):
                paused = op == "pause"
        return Tail(seqs, cids, rewound, paused)

    # No other process is writing the metrics now. Names are not filtered here: too many metrics are better than none.
    def _write_half(self) -> None:
        page = self.page
        start = page.words[DRAINED]
        shapes = page.shapes
        lines: List[str] = []
        end = start
        for end, shape, step, epoch, wall, payload in page.records(start, page.head):
            if shape >= 0:
                values = memoryview(payload).cast("d")
                metrics = {name: _finite(value) for name, value in zip(shapes[shape], values)}
                record = {"step": step, "epoch": _finite(epoch), "wall_time": wall, "metrics": metrics}
                lines.append(json.dumps(record, separators=(",", ":")) + "\n")
            if end - start > RING_BYTES // 2:
                break
        try:
            with open(os.path.join(self.run_dir, "hotcb.metrics.jsonl"), "a", encoding="utf-8") as file:
                file.write("".join(lines))
        except OSError as error:
            self.note(f"{len(lines)} metrics records could not be written: {error}")
        page.words[DRAINED] = end


def answer_of(serve: Serve, request: Message) -> Dict[str, Any]:
    """Returns the answer to a request. An exception becomes an error for the sidecar."""
    try:
        return {"v": serve(request)}
    except RanksError as error:
        ranks = {"ranks": list(error.ranks)} if error.ranks else {}
        return {"error": str(error), **ranks, **({} if error.lost is None else {"lost": error.lost})}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}


def exchange_with(sidecar: Sidecar, message: Mapping[str, Any], serve: Serve) -> Message:
    """Makes one contact.

    Raises:
        SidecarLost: when the sidecar has exited in the meantime.
        BridgeError: when the sidecar rejects it.
    """
    sidecar.contact(message)
    while True:
        told = sidecar.receive()
        if told["k"] == "done":
            return told
        if told["k"] == "error":
            raise BridgeError(told["message"])
        sidecar.answer(answer_of(serve, told))


def _finite(value: float) -> Optional[float]:
    return value if value - value == 0 else None
