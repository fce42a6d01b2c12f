"""The sidecar as a process, and its pipes."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import threading
from pathlib import Path
from typing import List, Mapping, Optional

from ._errors import BridgeError, SidecarLost
from ._node import check_version, find_node
from ._page import Page
from ._version import __version__
from ._wire import MAX_LINE_BYTES, WIRE_VERSION, Message, decode, encode

log = logging.getLogger("hotcb")

START_SECONDS = 20.0
SILENT_SECONDS = 30.0
PROGRAM = Path(__file__).with_name("_sidecar.mjs")


class Sidecar:
    """A running sidecar. It exits when its first pipe is closed, so it cannot outlive this process."""

    def __init__(self, page: Page, node: Optional[str] = None) -> None:
        if os.name == "nt":
            raise BridgeError("hotcb_bridge does not work on Windows yet: use Linux, macOS or WSL")
        path = find_node(node)
        answers, self._answers = os.pipe()
        try:
            self.process = subprocess.Popen(
                [path, os.environ.get("HOTCB_SIDECAR") or str(PROGRAM), str(answers), str(page.fd)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(answers, page.fd),
                bufsize=0,
                # Signals from the terminal and the batch system are meant for the training process.
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"},
            )
        except OSError as error:
            os.close(self._answers)
            raise BridgeError(f"Node cannot be started: {error}") from None
        finally:
            os.close(answers)
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self._contacts = self.process.stdin.fileno()
        self._requests = self.process.stdout.fileno()
        self._buffer = bytearray()
        self._lines: List[bytes] = []
        self._poll = select.poll()
        self._poll.register(self._requests, select.POLLIN)
        self._trace = open_trace()
        self.last_words = ""
        self._log = threading.Thread(
            target=self._follow, args=(self.process.stderr.fileno(), page), daemon=True, name="hotcb-log"
        )
        self._log.start()
        self._greet(path)

    @property
    def pid(self) -> int:
        return self.process.pid

    def _greet(self, path: str) -> None:
        try:
            hello = self.receive(START_SECONDS)
        except SidecarLost as error:
            self.kill()
            raise BridgeError(f"the hotcb sidecar cannot be started with `{path}`: {self.last_words or error}") from None
        try:
            check_version(path, str(hello.get("node", "")))
        except BridgeError:
            self.kill()
            raise
        if hello.get("bridge") != WIRE_VERSION or hello.get("version") != __version__:
            self.kill()
            raise BridgeError(
                f"hotcb_bridge {__version__} needs its own sidecar, got version {hello.get('version')} of {PROGRAM.name}"
            )

    def contact(self, message: Mapping[str, object]) -> None:
        """Begins a contact, or sends a bell.

        Raises:
            SidecarLost: when it has exited.
        """
        self._write(self._contacts, message)

    def answer(self, message: Mapping[str, object]) -> None:
        """Answers a request."""
        self._write(self._answers, message)

    def receive(self, seconds: float = SILENT_SECONDS) -> Message:
        """Returns the next request, or the message that ends the contact. It may be called again after a signal handler
        has raised an exception.

        Raises:
            SidecarLost: when it has exited or sends nothing.
        """
        while not self._lines:
            if not self._poll.poll(seconds * 1000):
                raise SidecarLost(f"it sent nothing for {seconds:g} s")
            try:
                chunk = os.read(self._requests, 65536)
            except OSError as error:
                raise SidecarLost(str(error)) from None
            if not chunk:
                raise SidecarLost("it has ended")
            self._buffer += chunk
            if len(self._buffer) > MAX_LINE_BYTES:
                raise SidecarLost(f"it sent a line longer than {MAX_LINE_BYTES} bytes")
            *lines, rest = self._buffer.split(b"\n")
            self._lines += [bytes(line) for line in lines]
            self._buffer = rest
        line = self._lines.pop(0)
        self._note(b"< ", line + b"\n")
        try:
            return decode(line)
        except ValueError as error:
            raise SidecarLost(f"it sent a line that cannot be read: {error}") from None

    def kill(self) -> str:
        """Kills the sidecar.

        Returns:
            How it exited, for messages.
        """
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait()
        self._release()
        return f"was killed (signal {-code})" if code < 0 else f"ended with exit code {code}"

    def leave(self) -> None:
        """Waits until the sidecar exits after the last contact. It exits on its own."""
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._release()

    def forget(self) -> None:
        """Closes the pipes in a forked child process, so that only the parent keeps them open."""
        for fd in (self._answers, self._contacts, self._requests):
            try:
                os.close(fd)
            except OSError:
                pass

    def _release(self) -> None:
        # The log is read to the end, since its last line may contain the reason.
        self._log.join(2)
        os.close(self._answers)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        if self._trace is not None:
            os.close(self._trace)
            self._trace = None

    def _write(self, fd: int, message: Mapping[str, object]) -> None:
        line = encode(message)
        if len(line) > MAX_LINE_BYTES:
            raise BridgeError(f"a message to the sidecar is longer than {MAX_LINE_BYTES} bytes")
        self._note(b"> ", line)
        sent = 0
        try:
            while sent < len(line):
                sent += os.write(fd, line[sent:] if sent else line)
        except OSError as error:
            raise SidecarLost(str(error)) from None

    def _note(self, direction: bytes, line: bytes) -> None:
        if self._trace is not None:
            os.write(self._trace, direction + line)

    def _follow(self, fd: int, page: Page) -> None:
        rest = b""
        try:
            while chunk := os.read(fd, 4096):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self.last_words = line.decode("utf-8", "replace")
                    log.info("%s", self.last_words)
        except OSError:
            pass
        try:
            page.flag[0] = 1
        except ValueError:
            pass  # The page is closed.


def open_trace() -> Optional[int]:
    """``HOTCB_BRIDGE_TRACE=FILE`` appends every line to that file."""
    path = os.environ.get("HOTCB_BRIDGE_TRACE")
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666) if path else None
