"""The client sends exactly the bytes in the transcripts in ``fixtures``. The sidecar's tests read the same files.

``HOTCB_RECORD=1`` records them again with a real sidecar.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, List
from unittest import mock

from support import RunCase, Toy, looked

FIXTURE = Path(__file__).parents[2] / "fixtures" / "steering.jsonl"


class Transcript(RunCase):
    def steer(self, **more: Any) -> Toy:
        """Sends every kind of line except `wait` and those after a lost sidecar."""
        toy = Toy()
        with mock.patch("os.getpid", lambda: 1), mock.patch("socket.gethostname", lambda: "host"):
            kernel = self.open(toy, keep=2, **more)
            kernel._contacts._token = "00000000"
            kernel.continue_from(0, None, max_steps=40)
            kernel.submit("custom", "set_params", params={"heat": 1e-7})
            looked(kernel, {"step": 0, "epoch": 0, "loss": 1.5}, ["train_step_end"])
            kernel.submit("custom", "set_params", params={"heat": {"mul": 3}})
            kernel.submit("custom", "set_params", params={"heat": 13})
            kernel.submit("loss", "set_params", params={"ramps.aux": {"type": "linear", "steps": 3, "start": 0, "end": 0.3}})
            looked(kernel, {"step": 1, "phase": "tr\u00e4in"}, [])
            for step in (2, 3, 4):
                kernel.apply({"step": step})
            kernel.save_checkpoint("a")
            kernel.apply({"step": 5, "loss": 0.5})
            kernel.submit("core", "checkpoint", params={"action": "load", "tag": "a"})
            self.assertEqual(kernel.apply({"step": 6}).rewound, 6)
            kernel.snapshot()
            kernel.close()
        return toy

    def normal(self, text: str) -> List[str]:
        """Replaces everything that differs between two runs: the directory, seconds, tokens, stacks."""
        text = text.replace(self.dir, "/run")
        for key, value in (("bytes", "0"), ("trace", '""'), ("node", '"99.0.0"'), ("token", '"t"')):
            text = re.sub(rf'"{key}":("(?:[^"\\]|\\.)*"|\d+)', f'"{key}":{value}', text)
        text = re.sub(r"hotcb\.checkpoints/[^\"/]*\.[^\"/]*", "hotcb.checkpoints/scratch", text)
        return [line for line in text.splitlines() if '"k":"bell"' not in line]

    def test_the_client_says_what_the_transcript_has(self) -> None:
        if "HOTCB_RECORD" in os.environ:
            trace = Path(self.dir, "trace")
            with mock.patch.dict(os.environ, {"HOTCB_BRIDGE_TRACE": str(trace)}):
                self.steer()
            FIXTURE.write_text("\n".join(self.normal(trace.read_text("utf-8"))) + "\n", "utf-8")
        lines = FIXTURE.read_text("utf-8").splitlines()
        transcript, heard = Path(self.dir, "transcript"), Path(self.dir, "heard")
        transcript.write_text("\n".join(lines).replace("/run", self.dir) + "\n", "utf-8")
        Path(self.dir, "hotcb.checkpoints", "scratch").mkdir(parents=True, exist_ok=True)
        Path(self.dir, "hotcb.checkpoints", "a").mkdir(exist_ok=True)
        Path(self.dir, "hotcb.checkpoints", "a", "toy.json").write_text('[{"heat": 0.5}, {"ce": 1.0}]')
        fake = str(Path(__file__).with_name("fake_sidecar.py"))
        told = {"FAKE_TRANSCRIPT": str(transcript), "FAKE_HEARD": str(heard), "HOTCB_SIDECAR": fake}
        with mock.patch.dict(os.environ, told):
            self.steer(node=sys.executable)
        self.assertEqual(self.normal(heard.read_text("utf-8")), [line for line in lines if line.startswith("> ")])
