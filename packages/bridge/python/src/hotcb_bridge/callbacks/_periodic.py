"""The base of these callbacks: parameters, the steps at which they log, and looking up values in ``env`` by path."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

Env = Mapping[str, Any]


class Periodic:
    """A callback that logs every few steps.

    Args:
        id: Its name in the log.
        every: The number of steps between two lines; 0 means never.
    """

    #: The names of the parameters, with the function that converts each value.
    PARAMS: Dict[str, Any] = {"every": int}

    def __init__(self, id: str, every: int) -> None:
        self.id = id
        self.every = every

    def set_params(self, **given: Any) -> None:
        """Sets parameters.

        Raises:
            TypeError: for an unknown name. In that case nothing is changed.
        """
        unknown = [name for name in given if name not in self.PARAMS]
        if unknown:
            raise TypeError(f"`{unknown[0]}` must be one of {', '.join(self.PARAMS)}")
        converted = {name: self.PARAMS[name](value) for name, value in given.items()}
        for name, value in converted.items():
            setattr(self, name, value)

    def get_params(self) -> Dict[str, Any]:
        return {name: getattr(self, name) for name in self.PARAMS}

    def is_time(self, env: Env) -> bool:
        return self.every > 0 and int(env.get("step", 0)) % self.every == 0

    def say(self, env: Env, text: str) -> None:
        (env.get("log") or print)(f"[{self.id}] {text}")


def paths_of(given: Union[str, Sequence[str]]) -> List[str]:
    """Reads paths from a list, or from a comma-separated string."""
    names = given.split(",") if isinstance(given, str) else given
    return [str(name).strip() for name in names if str(name).strip()]


def find(env: Env, path: str) -> Any:
    """Returns the value at a dotted path in ``env`` or in its metrics; None if there is none."""
    if path in env:
        return env[path]
    metrics = env.get("metrics") or {}
    if path in metrics:
        return metrics[path]
    value: Any = env
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
        if value is None:
            return None
    return value


def statistics(value: Any) -> Optional[Dict[str, Any]]:
    """Returns the shape and moments of a tensor or number; None for anything else."""
    if isinstance(value, (int, float)):
        number = float(value)
        return {"numel": 1, "nan": int(math.isnan(number)), "inf": int(math.isinf(number)), "mean": number}
    if not (hasattr(value, "detach") and hasattr(value, "numel")):
        return None
    told: Dict[str, Any] = {"shape": list(value.shape), "dtype": str(value.dtype), "device": str(value.device)}
    told["numel"] = int(value.numel())
    if told["numel"] == 0:
        return told
    numbers = value.detach().float()
    told["nan"], told["inf"] = int(numbers.isnan().sum()), int(numbers.isinf().sum())
    told["min"], told["max"] = float(numbers.min()), float(numbers.max())
    told["mean"], told["l2"] = float(numbers.mean()), float(numbers.norm())
    told["std"] = float(numbers.std()) if told["numel"] > 1 else 0.0
    return told


def words(told: Mapping[str, Any]) -> str:
    """Formats values as text: ``mean=0.5 nan=0``."""
    return " ".join(f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}" for name, value in told.items())
