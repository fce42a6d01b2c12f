"""A PyTorch training run is changed while it runs, and reproduced bit for bit."""

from __future__ import annotations

import json
import os
import random
import threading
import time
import unittest
import warnings
from pathlib import Path
from typing import Any, Dict, List

import torch

from digits import Training, last_metrics
from hotcb_bridge import FeatureCapture, HotKernel, optimizer_actuators, torch_checkpoint
from support import RunCase, looked

STEPS = 300


def recipe_of(lines: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Writes the changes in a ledger as a recipe."""
    return [
        {
            "at": {"step": line["step"], "event": line["event"], "call": line["call"]},
            **{key: line[key] for key in ("module", "op", "id")},
            "params": line["payload"],
        }
        for line in lines
        if line["decision"] == "applied" and line["module"] in ("opt", "loss")
    ]


class Replay(RunCase):
    def change(self, chance: random.Random) -> None:
        lr = chance.choice([0.001, 0.05, 0.1])
        self.command(
            *chance.choice(
                [
                    ("opt", "set_params", {"lr": lr}),
                    ("opt", "set_params", {"scheduler_drop": 0.5}),
                    ("opt", "set_params", {"scheduler_scale": 1.5, "group": 1}),
                    ("opt", "set_params", {"weight_decay": chance.random() / 10, "betas": [0.8, 0.9]}),
                    ("opt", "set_params", {"clip_norm": chance.choice([0, 0.1, 2])}),
                    ("loss", "set_params", {"l2": chance.random() / 100}),
                    ("loss", "set_params", {"ramps.l2": {"type": "cosine", "steps": 40, "end": 0.01}}),
                    ("loss", "disable", {"key": "ce"}),
                    ("loss", "enable", {"key": "ce"}),
                ]
            )
        )

    def test_changes_at_random_times_replay_to_the_same_bits(self) -> None:
        chance = random.Random(3)
        over = threading.Event()

        def person() -> None:
            while not over.is_set():
                self.change(chance)
                time.sleep(chance.uniform(0.005, 0.03))

        first = Training()
        kernel = first.kernel(self.dir)
        thread = threading.Thread(target=person)
        thread.start()
        try:
            sha = first.run(kernel, STEPS, lambda step: time.sleep(0.001))
        finally:
            over.set()
            thread.join()
        kernel.close()
        recipe = recipe_of(self.lines())
        self.assertGreater(len(recipe), 10)
        metrics = last_metrics(self.lines("hotcb.metrics.jsonl"))
        replayed = os.path.join(self.dir, "replay")
        os.mkdir(replayed)
        Path(replayed, "r.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in recipe))
        freeze = {"mode": "replay", "recipe_path": "r.jsonl", "policy": "strict"}
        Path(replayed, "hotcb.freeze.json").write_text(json.dumps(freeze))
        second = Training()
        kernel = second.kernel(replayed)
        self.assertEqual(second.run(kernel, STEPS), sha)
        kernel.close()
        self.assertEqual(last_metrics(self.lines("replay/hotcb.metrics.jsonl")), metrics)
        self.assertNotEqual(Training().run(Training().kernel(os.path.join(self.dir, "plain")), STEPS), sha)

    def test_a_killed_training_goes_on_from_its_checkpoint_to_the_same_bits(self) -> None:
        def changes(step: int) -> None:
            if step in (40, 90, 140):
                self.command("opt", "set_params", {"lr": 0.03 + step / 10_000}, cid=f"lr{step}")
                kernel.look()
            if step == 100:
                kernel.save_checkpoint("kept")

        whole = Training()
        kernel = whole.kernel(self.dir)
        sha = whole.run(kernel, 200, changes)
        kernel.close()
        # Another process continues from the checkpoint: the change after it is re-applied from the ledger.
        again = Training()
        _, load = torch_checkpoint(model=again.model, optimizer=again.optimizer, scheduler=again.scheduler)
        load(os.path.join(self.dir, "hotcb.checkpoints", "kept"))
        meta = json.loads(Path(self.dir, "hotcb.checkpoints", "kept", "meta.json").read_text())
        kernel = again.kernel(self.dir)
        snapshot = {"modules": meta["modules"], "kernel": meta["kernel"]}
        self.assertEqual(again.run(kernel, 200, start=101, snapshot=snapshot), sha)
        kernel.close()

    def test_a_loaded_checkpoint_takes_the_training_back(self) -> None:
        loads: List[int] = []

        def changes(step: int) -> None:
            if step == 50:
                kernel.save_checkpoint("good")
            if step == 80 and not loads:
                loads.append(step)
                self.command("opt", "set_params", {"lr": 0.9})
                kernel.look()
            if step == 90 and len(loads) == 1:
                loads.append(step)
                self.command("core", "checkpoint", {"action": "load", "tag": "good"})
                kernel.look()

        whole = Training()
        kernel = whole.kernel(self.dir)
        sha = whole.run(kernel, 120, changes)
        kernel.close()
        plain = Training()
        kernel = plain.kernel(os.path.join(self.dir, "plain"))
        self.assertEqual(plain.run(kernel, 120), sha)
        kernel.close()


class Hotcb2(RunCase):
    def test_a_loop_of_hotcb_2_runs_without_a_warning(self) -> None:
        model = torch.nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        kernel = HotKernel(run_dir=self.dir, debounce_steps=1)
        target = {"kind": "module", "path": "hotcb.modules.cb.callbacks.grad_stats", "symbol": "GradStatsCallback"}
        self.command("cb", "load", target=target, init={"every": 1}, cid="load")
        said: List[str] = []
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for step in range(3):
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(torch.ones(2, 4)), torch.ones(2, 1))
                loss.backward()
                optimizer.step()
                env = {"step": step, "epoch": 0, "phase": "train", "model": model, "optimizer": optimizer, "loss": loss}
                looked(kernel, {**env, "log": said.append}, events=["train_step_end"])
        kernel.close()
        self.assertEqual(self.answer("load")["decision"], "applied")
        self.assertEqual([line["metrics"]["loss"] > 0 for line in self.lines("hotcb.metrics.jsonl")], [True] * 3)
        self.assertTrue(all("grads=2/2 nan_params=0" in line for line in said) and len(said) == 3, said)


class Features(RunCase):
    def test_activations_are_kept_every_few_steps_in_few_dimensions(self) -> None:
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Flatten(0))
        path = os.path.join(self.dir, "hotcb.features.jsonl")
        capture = FeatureCapture(every_n_steps=2, max_samples=5, pre_reduce_dim=3, ring_size=2, output_path=path)
        capture.register(model, ["0", "2", "missing"])
        for step in range(5):
            model(torch.randn(6, 4))
            capture.step(step)
        lines = self.lines("hotcb.features.jsonl")
        self.assertEqual([(line["step"], line["layer_name"]) for line in lines], [(0, "0"), (2, "0"), (4, "0")])
        self.assertEqual({(len(line["activations"]), len(line["activations"][0])) for line in lines}, {(5, 3)})
        self.assertEqual([one["step"] for one in capture.snapshots], [2, 4])
        capture.remove()
        model(torch.randn(6, 4))
        capture.step(6)
        self.assertEqual(len(capture.snapshots), 2)


class Optimizers(RunCase):
    def test_a_rate_without_a_schedule_is_the_value(self) -> None:
        weight = torch.nn.Parameter(torch.ones(2))
        optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
        with HotKernel(self.dir, mutable_state=optimizer_actuators(optimizer)) as kernel:
            self.command("opt", "set_params", {"lr": 0.5, "momentum": 0.25})
            cid = self.command("opt", "set_params", {"scheduler_scale": 2})
            looked(kernel, {"step": 0, "loss": 1.0})
        self.assertEqual((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]), (0.5, 0.25))
        self.assertIn("needs a schedule", self.answer(cid)["error"])
        self.assertEqual(self.lines("hotcb.metrics.jsonl")[0]["metrics"], {"loss": 1, "lr": 0.5})

    def test_a_tensor_rate_is_filled_in_place(self) -> None:
        weight = torch.nn.Parameter(torch.ones(2))
        rate = torch.tensor(0.125)
        optimizer = torch.optim.AdamW([weight], lr=rate)
        with HotKernel(self.dir, mutable_state=optimizer_actuators(optimizer, schedule="own")) as kernel:
            self.command("opt", "set_params", {"lr": 0.25})
            looked(kernel, {"step": 0})
            self.assertEqual(float(rate), 0.125)  # This is the schedule's rate.
            seen: List[float] = []
            optimizer.register_step_pre_hook(lambda *_: seen.append(float(rate)))
            weight.grad = torch.ones(2)
            optimizer.step()
            self.assertEqual((seen, float(rate)), ([0.25], 0.125))
            self.assertIs(optimizer.param_groups[0]["lr"], rate)

    def test_gradients_are_clipped_unscaled_within_a_grad_scaler(self) -> None:
        weight = torch.nn.Parameter(torch.zeros(4))
        optimizer = torch.optim.SGD([weight], lr=1.0)
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
        with HotKernel(self.dir, mutable_state=optimizer_actuators(optimizer, clip_norm=0.0)) as kernel:
            self.command("opt", "set_params", {"clip_norm": 1})
            looked(kernel, {"step": 0})
            scaler.scale((weight * 3).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
        self.assertTrue(torch.allclose(weight.detach(), torch.full((4,), -0.5), atol=1e-5))

    def test_added_parameter_groups_make_commands_fail(self) -> None:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
        with HotKernel(self.dir, mutable_state=optimizer_actuators(optimizer)) as kernel:
            kernel.start()
            optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
            cid = self.command("opt", "set_params", {"lr": 0.5})
            looked(kernel, {"step": 0})
        self.assertIn("has 2 parameter groups now, but had 1", self.answer(cid)["error"])

    def test_controls_made_twice_hook_the_optimizer_once(self) -> None:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
        for _ in range(3):
            optimizer_actuators(optimizer, schedule="own")
        self.assertEqual(len(optimizer._optimizer_step_pre_hooks), 1)

    def test_what_is_no_optimizer_is_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "an optimizer must have `param_groups` with `lr`, got list"):
            optimizer_actuators([])


if __name__ == "__main__":
    unittest.main()
