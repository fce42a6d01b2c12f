"""A callback that logs the gradients of a model."""

from __future__ import annotations

from ._periodic import Env, Periodic


class GradStatsCallback(Periodic):
    """Logs the norm of all gradients of ``env["model"]``, the largest gradient, how many parameters have a gradient,
    and how many have NaN in it.
    """

    PARAMS = {"every": int, "norm_type": float}

    def __init__(self, id: str, every: int = 200, norm_type: float = 2.0) -> None:
        super().__init__(id, int(every))
        self.norm_type = float(norm_type)

    def handle(self, event: str, env: Env) -> None:
        if not self.is_time(env):
            return
        model = env.get("model")
        if model is None:
            self.say(env, "there is no `model` in env")
            return
        parameters = list(model.parameters())
        grads = [one.grad.detach() for one in parameters if one.grad is not None]
        norms = [float(grad.norm(self.norm_type)) for grad in grads]
        norm = sum(one**self.norm_type for one in norms) ** (1 / self.norm_type)
        largest = max((float(grad.abs().max()) for grad in grads if grad.numel()), default=0.0)
        nans = sum(bool(grad.isnan().any()) for grad in grads)
        told = f"norm={norm:.6g} max_abs={largest:.6g} grads={len(grads)}/{len(parameters)} nan_params={nans}"
        self.say(env, f"{told} step={env.get('step')}")
