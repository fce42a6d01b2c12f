"""A training run of Hugging Face's Trainer under live control, on one rank."""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from transformers import Trainer

from hotcb_bridge import (
    BridgeError,
    DataMix,
    HotCBHFCallback,
    HotKernel,
    TrainingCapabilities,
    mixed_dataset,
    weights_sha256,
)
from support import RunCase
from training import Words, arguments, model, train


class Case(RunCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = self.dir
        self.out = os.path.join(self.dir, "out")

    def tearDown(self) -> None:
        self.dir = self.root

    def other(self, name: str) -> None:
        """Begins the next run of this test."""
        self.dir = os.path.join(self.root, name)
        self.out = os.path.join(self.dir, "out")
        os.makedirs(self.dir)

    def set_at(self, step: int, params: Dict[str, Any]) -> str:
        return self.command("opt", "set_params", params, at={"step": step})

    def metrics(self) -> Dict[int, Dict[str, Any]]:
        found: Dict[int, Dict[str, Any]] = {}
        for line in self.lines("hotcb.metrics.jsonl"):
            found.setdefault(line["step"], {}).update(line["metrics"])
        return found


class Steering(Case):
    def test_changes_are_made_at_their_steps_while_gradients_accumulate(self) -> None:
        cids = [self.set_at(3, {"lr": 0.001}), self.set_at(5, {"weight_decay": 0.25}), self.set_at(7, {"clip_norm": 0.5})]
        stop = self.command("core", "stop", at={"step": 15})
        trainer, _ = train(self.dir, self.out, eval_strategy="steps", eval_steps=6)
        self.assertEqual([self.answer(cid)["step"] for cid in [*cids, stop]], [3, 5, 7, 15])
        self.assertEqual((trainer.state.global_step, trainer.args.max_grad_norm), (15, 0.5))
        metrics = self.metrics()
        self.assertEqual(sorted(metrics), list(range(1, 16)))
        # The schedule falls by 0.0005 per step, as without hotcb. The rate in use is 0.001 from step 4 on, and falls with it.
        self.assertAlmostEqual(metrics[4]["learning_rate"], 0.0085)
        self.assertAlmostEqual(metrics[3]["lr"], 0.009)
        self.assertAlmostEqual(metrics[4]["lr"], 0.001)
        self.assertAlmostEqual(metrics[5]["lr"], 0.001 * 0.008 / 0.0085)
        self.assertEqual([step for step in metrics if "eval_loss" in metrics[step]], [6, 12])
        self.assertEqual([name for one in metrics.values() for name in one if "runtime" in name or "second" in name], [])
        told = TrainingCapabilities.load(self.dir)
        assert told is not None
        self.assertEqual((told.framework, told.grad_accumulation_steps, told.optimizer_names), ("hf", 2, ("AdamW",)))
        self.assertTrue(self.lines("hotcb.state.json")[0]["closed"])

    def test_a_kernel_is_for_one_training(self) -> None:
        trainer, _ = train(self.dir, self.out, max_steps=2)
        with self.assertRaisesRegex(BridgeError, "already been used: create a new one for each training run"):
            trainer.train()

    def test_an_evaluation_before_the_training_is_no_safe_point(self) -> None:
        callback = HotCBHFCallback(HotKernel(self.dir))
        trainer = Trainer(
            model=model(),
            args=arguments(self.out, max_steps=2),
            train_dataset=Words(),
            eval_dataset=Words(),
            callbacks=[callback],
        )
        trainer.evaluate()
        trainer.train()
        self.assertEqual(min(self.metrics()), 1)


class HotCB2(Case):
    def test_the_arguments_of_hotcb_2_are_taken(self) -> None:
        """As in its guide: a function that resolves the optimizer, and the training run's loss weights."""
        found: Dict[str, Any] = {}
        weights = {"weights": {"ce": 1.0}, "terms": {}, "ramps": {}}
        callback = HotCBHFCallback(
            HotKernel(run_dir=self.dir, debounce_steps=1),
            resolve_optimizer=lambda: found.get("trainer") and found["trainer"].optimizer,
            mutable_state=weights,
        )
        cid = self.command("opt", "set_params", {"weight_decay": 0.25})
        loss = self.command("loss", "set_params", {"key": "ce", "value": 0.5})
        trainer = Trainer(model=model(), args=arguments(self.out, max_steps=4), train_dataset=Words(), callbacks=[callback])
        found["trainer"] = trainer
        trainer.train()
        self.assertEqual([self.answer(one)["decision"] for one in (cid, loss)], ["applied"] * 2)
        self.assertEqual((trainer.optimizer.param_groups[0]["weight_decay"], weights["weights"]["ce"]), (0.25, 0.5))
        self.assertEqual(TrainingCapabilities.load(self.dir).num_optimizers, 1)  # type: ignore[union-attr]


class Checkpoints(Case):
    def changes(self) -> List[str]:
        return [
            self.set_at(3, {"lr": 0.001, "weight_decay": 0.25}),
            self.set_at(9, {"clip_norm": 0.5}),
            self.set_at(14, {"lr": 0.01}),
        ]

    def test_a_training_continues_from_the_trainers_checkpoint_to_the_same_weights(self) -> None:
        self.other("whole")
        self.changes()
        _, whole = train(self.dir, self.out)
        self.other("parts")
        cids = self.changes()
        self.command("core", "stop", at={"step": 10})
        train(self.dir, self.out, save_strategy="steps", save_steps=8)
        folder = os.path.join(self.out, "checkpoint-8")
        _, parts = train(self.dir, self.out, folder)
        self.assertEqual(parts, whole)
        self.assertEqual([self.answers(cid)[0]["step"] for cid in cids], [3, 9, 14])

    def test_a_checkpoint_of_a_command_is_the_trainers_and_cannot_be_loaded_in_place(self) -> None:
        self.other("whole")
        self.changes()
        _, whole = train(self.dir, self.out)
        self.other("parts")
        self.changes()
        save = self.command("core", "checkpoint", {"action": "save", "tag": "mine"}, at={"step": 6})
        load = self.command("core", "checkpoint", {"action": "load", "tag": "mine"}, at={"step": 8})
        self.command("core", "stop", at={"step": 10})
        train(self.dir, self.out)
        self.assertEqual(self.answer(save)["decision"], "applied")
        self.assertIn("the Trainer cannot load one while it trains; stop this training run", self.answer(load)["error"])
        told = json.loads(Path(self.dir, "hotcb.checkpoints", "mine", "hf.json").read_text())
        _, parts = train(self.dir, self.out, told["checkpoint"])
        self.assertEqual(parts, whole)

    def test_a_state_that_cannot_be_read_is_refused(self) -> None:
        train(self.dir, self.out, max_steps=2, save_strategy="steps", save_steps=1)
        folder = os.path.join(self.out, "checkpoint-1")
        Path(folder, "hotcb.snapshot.json").write_text("{")
        with self.assertRaisesRegex(BridgeError, "hotcb.snapshot.json` cannot be read: .*; restore it, or delete it"):
            train(self.dir, self.out, folder, max_steps=2)


class Data(Case):
    def train(self, resume: Optional[str] = None, **more: Any) -> Tuple[str, DataMix]:
        mix = DataMix({"a": 48, "b": 16}, {"a": 1.0, "b": 0.0}, batch_size=4, seed=2)
        words = Words()
        sources = {"a": words, "b": [words[i] for i in range(48, 64)]}
        one = model()
        trainer = Trainer(
            model=one,
            args=arguments(self.out, ignore_data_skip=True, **more),
            train_dataset=mixed_dataset(mix, sources),
            callbacks=[HotCBHFCallback(HotKernel(self.dir), data=mix)],
        )
        trainer.train(resume_from_checkpoint=resume)
        return weights_sha256(one), mix

    def steer(self) -> None:
        self.command("data", "set_params", {"data.b": 1, "data.a": 0.5}, at={"step": 4})
        self.command("ctl", "call", {"args": [8, 9]}, id="data.skip", at={"step": 6})
        self.command("data", "set_params", {"data.b": 0}, at={"step": 15})

    def test_a_switch_and_a_skip_of_data_survive_the_trainers_checkpoint(self) -> None:
        self.other("whole")
        self.steer()
        whole, mix = self.train()
        counts = {step: one["samples/b"] for step, one in self.metrics().items()}
        self.assertEqual((counts[4], sum(mix.metrics().values())), (0, 20 * 8))
        self.assertGreater(counts[15], 30)
        self.other("parts")
        self.steer()
        self.command("core", "stop", at={"step": 10})
        self.train(save_strategy="steps", save_steps=7)
        parts, again = self.train(os.path.join(self.out, "checkpoint-7"))
        self.assertEqual((parts, again.metrics(), again.state_dict()["skipped"]), (whole, mix.metrics(), [[7, 8]]))

    def test_data_that_the_trainer_would_skip_too_is_refused(self) -> None:
        mix = DataMix({"a": 64}, {"a": 1.0}, batch_size=4)
        callback = HotCBHFCallback(HotKernel(self.dir), data=mix)
        words = mixed_dataset(mix, {"a": Words()})
        trainer = Trainer(model=model(), args=arguments(self.out), train_dataset=words, callbacks=[callback])
        with self.assertRaisesRegex(BridgeError, "pass `ignore_data_skip=True` to TrainingArguments"):
            trainer.train()


if __name__ == "__main__":
    unittest.main()
