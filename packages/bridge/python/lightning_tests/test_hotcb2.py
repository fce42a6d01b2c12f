"""A Lightning program for hotcb 2 runs with only its import changed: the calls are those in hotcb 2's guide."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path

from support import RunCase

# Prints the modules of the frameworks and of PyTorch that an import has loaded.
LOADED = """
import sys
from hotcb_bridge import *
print(sorted({"lightning", "pytorch_lightning", "transformers", "torch"} & set(sys.modules)))
"""

# It uses `pytorch_lightning`, loss weights that belong to the module and are passed to the adapter, and no `cid`s.
PROGRAM = """
    import torch
    import pytorch_lightning as pl
    from hotcb_bridge import HotCBLightning, HotKernel

    class Tiny(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Linear(16, 1)
            self.mutable_state = {"weights": {"mse": 1.0}, "terms": {}, "ramps": {}}

        def training_step(self, batch, batch_idx):
            x, y = batch
            weight = self.mutable_state["weights"].get("mse", 1.0)
            return weight * torch.nn.functional.mse_loss(self.net(x), y)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    def main():
        model = Tiny()
        kernel = HotKernel(run_dir="runs/exp", debounce_steps=1)
        adapter = HotCBLightning(kernel, mutable_state=model.mutable_state)
        data = torch.utils.data.TensorDataset(torch.randn(200, 16), torch.randn(200, 1))
        loader = torch.utils.data.DataLoader(data, batch_size=32)
        trainer = pl.Trainer(max_epochs=2, callbacks=[adapter], accelerator="cpu", logger=False, enable_progress_bar=False)
        trainer.fit(model, loader)
        print("ended with", trainer.optimizers[0].param_groups[0]["lr"], model.mutable_state["weights"])

    if __name__ == "__main__":
        main()
"""


class Root(unittest.TestCase):
    def test_the_package_loads_no_framework_before_its_adapter_is_used(self) -> None:
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
        ran = subprocess.run([sys.executable, "-c", LOADED], env=env, stdout=subprocess.PIPE, text=True)
        self.assertEqual((ran.returncode, ran.stdout), (0, "[]\n"))


class Program(RunCase):
    def test_its_adapter_takes_the_arguments_of_hotcb_2(self) -> None:
        home, self.dir = self.dir, os.path.join(self.dir, "runs", "exp")
        self.addCleanup(shutil.rmtree, home)
        os.makedirs(self.dir)
        with open(os.path.join(self.dir, "hotcb.commands.jsonl"), "w", encoding="utf-8") as file:
            file.write('{"module": "opt", "op": "set_params", "id": "main", "params": {"lr": 0.0001}}\n')
            file.write('{"module": "loss", "op": "set_params", "id": "main", "params": {"key": "mse", "value": 0.5}}\n')
        Path(home, "program.py").write_text(textwrap.dedent(PROGRAM))
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
        words = [sys.executable, "-W", "ignore", "program.py"]
        ran = subprocess.run(words, cwd=home, env=env, stdout=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 0)
        self.assertIn("ended with 0.0001 {'mse': 0.5}", ran.stdout)
        self.assertEqual([line["decision"] for line in self.lines() if line["module"] != "core"], ["applied"] * 2)
        self.assertEqual(len({line["step"] for line in self.lines("hotcb.metrics.jsonl")}), 14)


if __name__ == "__main__":
    unittest.main()
