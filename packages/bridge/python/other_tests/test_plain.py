"""Loops without a framework: NumPy, and scikit-learn's `partial_fit`."""

from __future__ import annotations

import unittest
from typing import List

import numpy as np
from sklearn.linear_model import SGDClassifier

from hotcb_bridge import HotKernel, attribute_actuator
from support import RunCase


class Plain(RunCase):
    def test_a_loop_in_numpy(self) -> None:
        class Settings:
            lr = 0.5

        settings, w = Settings(), np.zeros(2)
        cid = self.command("opt", "set_params", {"lr": 0.25}, at={"step": 1})
        moved: List[float] = []
        rate = attribute_actuator(settings, "lr", min=1e-6, max=1.0, group="optimizer")
        with HotKernel(self.dir, mutable_state=[rate]) as kernel:
            for step in range(4):
                before, w = w, w - settings.lr * np.ones(2)
                moved.append(float(before[0] - w[0]))
                kernel.apply({"step": step, "metrics": {"loss": np.float64(w.sum())}})
        self.assertEqual((moved, self.answer(cid)["decision"]), ([0.5, 0.5, 0.25, 0.25], "applied"))
        self.assertEqual([line["metrics"]["loss"] for line in self.lines("hotcb.metrics.jsonl")], [-1, -2, -2.5, -3])

    def test_a_model_of_scikit_learn(self) -> None:
        draw = np.random.default_rng(0)
        x = draw.normal(size=(160, 4))
        y = (x[:, 0] > 0).astype(int)
        weights = []
        home = self.dir
        for run, steer in (("plain", False), ("steered", True), ("again", True)):
            self.dir = f"{home}/{run}"
            model = SGDClassifier(learning_rate="constant", eta0=0.1, random_state=0)
            controls = [
                attribute_actuator(model, "eta0", min=1e-6, max=1.0),
                attribute_actuator(model, "alpha", min=0.0, max=1.0),
            ]
            with HotKernel(self.dir, mutable_state=controls) as kernel:
                if steer:
                    self.command("custom", "set_params", {"eta0": 0.01, "alpha": 0.001}, at={"step": 3})
                for step in range(10):
                    model.partial_fit(x[step * 16 :][:16], y[step * 16 :][:16], classes=[0, 1])
                    kernel.apply({"step": step, "metrics": {"accuracy": model.score(x, y)}})
            weights.append(model.coef_.tobytes())
        self.assertNotEqual(weights[0], weights[1])
        self.assertEqual(weights[1], weights[2])

    def test_an_attribute_that_is_not_there_is_refused(self) -> None:
        with self.assertRaisesRegex(AttributeError, "lr"):
            attribute_actuator(object(), "lr")


if __name__ == "__main__":
    unittest.main()
