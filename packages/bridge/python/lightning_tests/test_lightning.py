"""A Lightning training run under live control, on one rank."""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from hotcb_bridge import BridgeError, DataMix, HotKernel, TrainingCapabilities, float_actuator, weights_sha256
from hotcb_bridge.adapters.lightning import HotCBLightning
from hotcb_bridge.optimizers import used_rate
from support import RunCase
from training import Model, data, fit, loader, trainer


class Case(RunCase):
    def set_at(self, step: int, module: str, params: Dict[str, Any], **more: Any) -> str:
        return self.command(module, "set_params", params, at={"step": step}, **more)

    def checkpoint_at(self, step: int, action: str) -> str:
        return self.command("core", "checkpoint", {"action": action, "tag": "mine"}, at={"step": step})

    def metrics(self) -> Dict[int, Dict[str, Any]]:
        found: Dict[int, Dict[str, Any]] = {}
        for line in self.lines("hotcb.metrics.jsonl"):
            found.setdefault(line["step"], {}).update(line["metrics"])
        return found

    def other(self, name: str) -> None:
        """Begins the next run of this test."""
        self.root = getattr(self, "root", self.dir)
        self.dir = os.path.join(self.root, name)
        os.makedirs(self.dir)

    def tearDown(self) -> None:
        self.dir = getattr(self, "root", self.dir)


class Steering(Case):
    def test_controls_are_found_and_changed_at_their_steps_while_gradients_accumulate(self) -> None:
        cids = [
            self.set_at(3, "opt", {"lr": 0.001}),
            self.set_at(5, "loss", {"l2": 0.01}),
            self.set_at(7, "opt", {"clip_norm": 0.5, "weight_decay": 0.25}),
        ]
        model, _ = fit(self.dir, accumulate_grad_batches=2)
        self.assertEqual([self.answer(cid)["step"] for cid in cids], [3, 5, 7])
        self.assertEqual({self.answer(cid)["event"] for cid in cids}, {"train_batch_end"})
        self.assertEqual(model.mutable_state["weights"], {"mse": 1.0, "l2": 0.01})
        # 16 steps of two batches. The schedule's rates are as without hotcb. The limit takes effect one step after the change.
        self.assertEqual(model.clips, [None] * 7 + [0.5] * 9)
        metrics = self.metrics()
        self.assertEqual(sorted(metrics), list(range(1, 17)))
        self.assertEqual([metrics[step]["lr"] for step in (3, 4, 10)], [0.02, 0.001, 0.001])
        self.assertAlmostEqual(metrics[11]["lr"], 0.0005)
        self.assertEqual([step for step in metrics if "val_loss" in metrics[step]], [8, 16])
        self.assertAlmostEqual(metrics[1]["loss"], metrics[1]["train_loss"], places=5)
        told = TrainingCapabilities.load(self.dir)
        assert told is not None
        self.assertEqual((told.framework, told.grad_accumulation_steps, told.scheduler_types), ("lightning", 2, ("StepLR",)))
        self.assertEqual((told.mutable_state_keys, told.grad_clip_wired), (("mse", "l2"), True))
        self.assertTrue(self.lines("hotcb.state.json")[0]["closed"])

    def test_a_stop_ends_the_training_after_its_step(self) -> None:
        self.command("core", "stop", at={"step": 5})
        one = trainer([HotCBLightning(HotKernel(self.dir))])
        one.fit(Model(), loader())
        self.assertEqual(one.global_step, 5)

    def test_each_optimizer_has_its_controls(self) -> None:
        class Two(Model):
            automatic_optimization = False

            def training_step(self, batch: Any, batch_idx: int) -> None:
                for optimizer in self.optimizers():
                    loss = self.net(batch[0]).square().mean()
                    optimizer.zero_grad()
                    self.manual_backward(loss)
                    optimizer.step()

            def configure_optimizers(self) -> Any:
                first, second = [torch.optim.SGD(self.net[i].parameters(), lr=0.1) for i in (0, 2)]
                third = torch.optim.SGD(self.net.parameters(), lr=0.5)
                return [first, second, third], [torch.optim.lr_scheduler.StepLR(third, 100)]

        cid = self.set_at(7, "opt", {"lr": 0.01, "opt1.lr": 0.02, "opt2.lr_scale": 0.5})
        one = trainer([HotCBLightning(HotKernel(self.dir))], max_epochs=1)
        one.fit(Two(), loader())
        # Lightning counts each optimizer's steps.
        self.assertEqual((self.answer(cid)["decision"], self.answer(cid)["step"]), ("applied", 9))
        self.assertEqual([each.param_groups[0]["lr"] for each in one.optimizers], [0.01, 0.02, 0.5])
        self.assertEqual(used_rate(one.optimizers[2]), 0.25)
        self.assertEqual(TrainingCapabilities.load(self.dir).num_optimizers, 3)  # type: ignore[union-attr]

    def test_controls_of_the_kernel_come_first_and_the_sanity_check_is_no_safe_point(self) -> None:
        own = {"mse": 2.0}
        control = float_actuator("mse", get=lambda: own["mse"], set=lambda value: own.update(mse=value), group="loss")
        self.set_at(0, "loss", {"mse": 3})
        model, _ = fit(self.dir, kernel=HotKernel(self.dir, mutable_state=[control]), num_sanity_val_steps=2, max_epochs=1)
        self.assertEqual((own["mse"], model.mutable_state["weights"]["mse"]), (3, 1.0))
        self.assertEqual(min(self.metrics()), 1)

    def test_a_kernel_is_for_one_training(self) -> None:
        hot = HotCBLightning(HotKernel(self.dir))
        trainer([hot], max_epochs=1).fit(Model(), loader())
        with self.assertRaisesRegex(BridgeError, "already been used: create a new one for each training run"):
            trainer([hot], max_epochs=1).fit(Model(), loader())

    def test_a_training_that_fails_closes_its_run(self) -> None:
        class Failing(Model):
            def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
                if batch_idx == 3:
                    raise ValueError("no more data")

        hot = HotCBLightning(HotKernel(self.dir))
        with self.assertRaisesRegex(ValueError, "no more data"):
            trainer([hot]).fit(Failing(), loader())
        self.assertTrue(hot.kernel.is_closed)


class Checkpoints(Case):
    def changes(self) -> List[str]:
        return [
            self.set_at(3, "opt", {"lr": 0.001, "weight_decay": 0.25}),
            self.set_at(12, "loss", {"l2": 0.01}),
            self.set_at(20, "opt", {"clip_norm": 0.5}),
        ]

    def test_a_training_continues_from_lightnings_checkpoint_to_the_same_weights(self) -> None:
        self.other("whole")
        self.changes()
        _, whole = fit(self.dir)
        self.other("parts")
        cids = self.changes()
        fit(self.dir, ModelCheckpoint(self.dir, "last"), max_epochs=1, enable_checkpointing=True)
        path = os.path.join(self.dir, "last.ckpt")
        _, parts = fit(self.dir, path=path)
        self.assertEqual(parts, whole)
        self.assertEqual([self.answer(cid)["step"] for cid in cids], [3, 12, 20])
        plain = torch.load(path, weights_only=True)
        self.assertEqual(plain["optimizer_states"][0]["param_groups"][0]["lr"], 0.02 * 0.5)

    def test_a_training_continues_from_a_checkpoint_of_a_command(self) -> None:
        self.other("whole")
        self.changes()
        _, whole = fit(self.dir)
        self.other("parts")
        cids = self.changes()
        save, load = self.checkpoint_at(16, "save"), self.checkpoint_at(18, "load")
        self.command("core", "stop", at={"step": 22})
        fit(self.dir)
        self.assertEqual(self.answer(save)["decision"], "applied")
        refused = self.answer(load)
        self.assertEqual(refused["decision"], "failed")
        self.assertIn("Lightning cannot load one while it trains; stop this training run and start it again", refused["error"])
        path = os.path.join(self.dir, "hotcb.checkpoints", "mine", "lightning.ckpt")
        model, parts = fit(self.dir, path=path)
        self.assertEqual(model.mutable_state["weights"]["l2"], 0.01)
        self.assertEqual(parts, whole)
        self.assertEqual([self.answers(cid)[0]["step"] for cid in cids], [3, 12, 20])

    def test_a_checkpoint_whose_state_is_missing_is_refused(self) -> None:
        self.checkpoint_at(4, "save")
        fit(self.dir, max_epochs=1)
        folder = Path(self.dir, "hotcb.checkpoints", "mine")
        (folder / "meta.json").unlink()
        with self.assertRaisesRegex(BridgeError, "meta.json` must be next to the checkpoint"):
            fit(self.dir, path=str(folder / "lightning.ckpt"))

    def test_a_checkpoint_after_the_training_has_the_state_of_its_end(self) -> None:
        self.set_at(3, "opt", {"weight_decay": 0.25})
        one = trainer([HotCBLightning(HotKernel(self.dir))], max_epochs=1)
        one.fit(Model(), loader())
        path = os.path.join(self.dir, "end.ckpt")
        one.save_checkpoint(path)
        (state,) = [state for name, state in torch.load(path, weights_only=True)["callbacks"].items() if "HotCB" in name]
        self.assertEqual(json.loads(state["snapshot"])["kernel"]["registered"]["weight_decay"], [0.01])


class Data(Case):
    def train(self, epochs: int, path: Optional[str] = None, *more: Any) -> Tuple[str, DataMix]:
        torch.manual_seed(0)
        mix = DataMix({"a": 48, "b": 32}, {"a": 1.0, "b": 0.0}, batch_size=4, seed=2, batches_per_epoch=12)
        batches = torch.utils.data.DataLoader(torch.utils.data.ConcatDataset([data(48, 1), data(32, 2)]), batch_sampler=mix)
        model = Model()
        given = {"accumulate_grad_batches": 2, "max_epochs": epochs, "limit_train_batches": 12, "enable_checkpointing": True}
        one = trainer([HotCBLightning(HotKernel(self.dir), data=mix), *more], **given)
        one.fit(model, batches, ckpt_path=path)
        return weights_sha256(model), mix

    def steer(self) -> None:
        self.set_at(4, "data", {"data.b": 1, "data.a": 0.5})
        self.command("ctl", "call", {"args": [9, 10]}, id="data.skip", at={"step": 7})
        self.set_at(15, "data", {"data.b": 0})

    def test_a_switch_and_a_skip_of_data_survive_a_checkpoint_in_the_middle_of_an_epoch(self) -> None:
        self.other("whole")
        self.steer()
        whole, mix = self.train(3)
        counts = {step: one["samples/b"] for step, one in self.metrics().items()}
        self.assertEqual((counts[4], counts[18], sum(mix.metrics().values())), (0, mix.metrics()["samples/b"], 18 * 8))
        self.assertGreater(counts[15], 30)
        self.other("parts")
        self.steer()
        self.command("core", "stop", at={"step": 10})
        self.train(3, None, ModelCheckpoint(self.dir, "{step}", every_n_train_steps=8, save_top_k=-1))
        parts, again = self.train(3, os.path.join(self.dir, "step=8.ckpt"))
        self.assertEqual((parts, again.metrics(), again.state_dict()["skipped"]), (whole, mix.metrics(), [[8, 9]]))


class OtherPackage(Case):
    def test_a_model_of_another_shape_still_trains(self) -> None:
        class Plain(pl.LightningModule):
            mutable_state = "something else"

            def __init__(self) -> None:
                super().__init__()
                self.net = torch.nn.Linear(8, 1)

            def training_step(self, batch: Any, batch_idx: int) -> Any:
                return self.net(batch[0]).square().mean()

            def configure_optimizers(self) -> Any:
                return torch.optim.SGD(self.parameters(), lr=0.1)

        model = Plain()
        before = weights_sha256(model)
        trainer([HotCBLightning(HotKernel(self.dir))], max_epochs=1).fit(model, loader())
        self.assertNotEqual(weights_sha256(model), before)
        self.assertEqual(sorted(self.metrics()), list(range(1, 17)))

    def test_loss_weights_of_another_kind_are_refused(self) -> None:
        hot = HotCBLightning(HotKernel(self.dir), mutable_state={"weights": "ce"})
        with self.assertRaisesRegex(TypeError, "`mutable_state` must be loss weights"):
            trainer([hot]).fit(Model(), loader())


if __name__ == "__main__":
    unittest.main()
