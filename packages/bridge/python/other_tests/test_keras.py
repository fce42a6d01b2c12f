"""A Keras 3 training run on JAX."""

from __future__ import annotations

import os
import unittest

os.environ["KERAS_BACKEND"] = "jax"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402

from hotcb_bridge import HotKernel  # noqa: E402
from hotcb_bridge.adapters.keras import HotCBKeras  # noqa: E402
from support import RunCase  # noqa: E402


class Fit(RunCase):
    def fit(self, rate: object = 0.0625) -> keras.Model:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
        x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
        y = x.sum(1, keepdims=True)
        callback = HotCBKeras(HotKernel(self.dir))
        model.fit(x, y, batch_size=8, epochs=2, validation_data=(x, y), callbacks=[callback], verbose=0, shuffle=False)
        return model

    def test_a_rate_is_changed_and_a_stop_ends_the_training(self) -> None:
        change = self.command("opt", "set_params", {"lr": 0.0078125}, at={"step": 3})
        stop = self.command("core", "stop", at={"step": 12})
        model = self.fit()
        self.assertEqual([self.answer(cid)["step"] for cid in (change, stop)], [3, 12])
        self.assertEqual((float(model.optimizer.learning_rate), int(model.optimizer.iterations)), (0.0078125, 12))
        metrics = {line["step"]: line["metrics"] for line in self.lines("hotcb.metrics.jsonl")}
        self.assertEqual(sorted(metrics), list(range(1, 13)))
        self.assertIn("val_loss", metrics[8])

    def test_a_schedule_of_keras_is_not_a_control(self) -> None:
        change = self.command("opt", "set_params", {"lr": 0.01}, at={"step": 3})
        self.fit(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
        self.assertEqual(self.answer(change)["decision"], "failed")


if __name__ == "__main__":
    unittest.main()
