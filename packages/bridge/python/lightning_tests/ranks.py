"""Lightning on two ranks: ranks.py RUN_DIR [CHECKPOINT]. Each rank prints its weights and the values that it used."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any, List

from hotcb_bridge import HotKernel, float_actuator, weights_sha256
from hotcb_bridge.adapters.lightning import HotCBLightning
from training import Model, loader, trainer


class Ranked(Model):
    """Its control `heat` refuses odd values on rank 1."""

    def __init__(self) -> None:
        super().__init__()
        self.heat = 1.0
        self.seen: List[Any] = []

    def set_heat(self, value: float) -> None:
        if value % 2 == 1 and self.global_rank == 1:
            raise ValueError("not on this rank")
        self.heat = value

    def on_before_optimizer_step(self, optimizer: Any) -> None:
        self.seen.append([self.global_step, self.heat, self.mutable_state["weights"]["l2"], self.trainer.gradient_clip_val])


model = Ranked()
heat = float_actuator("heat", get=lambda: model.heat, set=model.set_heat)
hot = HotCBLightning(HotKernel(sys.argv[1], mutable_state=[heat]))
one = trainer([hot], devices=2, strategy="ddp", accumulate_grad_batches=2, max_epochs=6)
one.fit(model, loader(), loader(16, 2), ckpt_path=sys.argv[2] if len(sys.argv) > 2 else None)
digest = hashlib.sha256(json.dumps(model.seen).encode()).hexdigest()
print(json.dumps({"rank": one.global_rank, "weights": weights_sha256(model.net), "seen": digest, "steps": one.global_step}))
