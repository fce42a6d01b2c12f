"""A loop in JAX with an Optax optimizer."""

from __future__ import annotations

import unittest
from typing import Any, List

import jax
import jax.numpy as jnp
import optax

from hotcb_bridge import HotKernel
from hotcb_bridge.adapters.optax import optax_actuators
from support import RunCase


class Loop(RunCase):
    def train(self, optimizer: Any, steps: int = 8) -> List[float]:
        params = {"w": jnp.zeros(3)}
        state = optimizer.init(params)

        @jax.jit
        def update(params: Any, state: Any) -> Any:
            loss, gradients = jax.value_and_grad(lambda p: jnp.sum((p["w"] - 1.0) ** 2))(params)
            updates, state = optimizer.update(gradients, state, params)
            return optax.apply_updates(params, updates), state, loss

        seen = []
        with HotKernel(self.dir, mutable_state=optax_actuators(lambda: state)) as kernel:
            kernel.continue_from(0)
            for step in range(steps):
                before = params["w"]
                params, state, loss = update(params, state)
                seen.append(float(jnp.abs(params["w"] - before).max()))
                kernel.apply({"step": step, "metrics": {"loss": float(loss)}})
        return seen

    def test_a_rate_is_changed_in_a_compiled_update(self) -> None:
        change = self.command("opt", "set_params", {"lr": 0.0078125}, at={"step": 3})
        seen = self.train(optax.chain(optax.clip(1.0), optax.inject_hyperparams(optax.sgd)(learning_rate=0.0625)))
        self.assertEqual((self.answer(change)["decision"], self.answer(change)["step"]), ("applied", 3))
        self.assertEqual(seen, [0.0625] * 4 + [0.0078125] * 4)

    def test_a_value_is_kept_in_the_precision_of_the_state(self) -> None:
        change = self.command("opt", "set_params", {"lr": 0.001, "weight_decay": 0.25}, at={"step": 3})
        self.train(optax.inject_hyperparams(optax.adamw)(learning_rate=0.1))
        self.assertEqual(self.answer(change)["decision"], "applied")
        self.assertEqual(self.answer(change)["payload"], {"lr": 0.001, "weight_decay": 0.25})

    def test_an_optimizer_without_a_number_to_change_is_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "create it with `optax.inject_hyperparams"):
            self.train(optax.sgd(0.1))
        with self.assertRaisesRegex(TypeError, "without a schedule"):
            self.train(optax.inject_hyperparams(optax.sgd)(learning_rate=optax.linear_schedule(0.1, 0.0, 10)))


if __name__ == "__main__":
    unittest.main()
