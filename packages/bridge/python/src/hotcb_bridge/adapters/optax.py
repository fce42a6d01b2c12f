"""Controls for an Optax optimizer, for training loops in JAX."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ..actuators import Actuator

#: Keys, types and bounds of well-known hyperparameters.
_KNOWN = {"learning_rate": ("lr", "log_float", (1e-7, 1.0)), "weight_decay": ("weight_decay", "float", (0.0, 1.0))}


def optax_actuators(
    state: Callable[[], Any], bounds: Optional[Mapping[str, Tuple[float, float]]] = None, prefix: str = ""
) -> List[Actuator]:
    """Returns controls for the numbers that ``optax.inject_hyperparams`` keeps in an optimizer's state:
    ``learning_rate`` as ``lr``, and the others under their own names. Numbers that an Optax schedule sets on each
    update are left out.

    JAX stores them with the precision of the state, usually float32, so reading them returns the rounded value.

    Args:
        state: Returns the optimizer's current state, which changes with each update.
        bounds: The bounds of each hyperparameter, by its name in Optax. Default: the same bounds as in PyTorch for
            ``lr`` and ``weight_decay``, and none for others.
        prefix: A prefix for each key.

    Raises:
        TypeError: when no hyperparameter can be changed.
    """
    first = _hyperparams(state())
    scheduled = [name for one in _injected(state()) for name in getattr(one, "hyperparams_states", {})]
    names = [name for name, value in first.items() if name not in scheduled and _is_number(value)]
    if not names:
        raise TypeError(
            "the state of the optimizer has no number to change: create it with "
            "`optax.inject_hyperparams(optax.adam)(learning_rate=1e-3)`, and without a schedule"
        )
    return [_control(state, name, bounds or {}, prefix) for name in names]


def _control(state: Callable[[], Any], name: str, bounds: Mapping[str, Tuple[float, float]], prefix: str) -> Actuator:
    key, type, usual = _KNOWN.get(name, (name, "float", (None, None)))
    low, high = bounds.get(name, usual)

    def write(values: List[Any]) -> None:
        import jax.numpy as jnp

        for one in _injected(state()):
            if name in one.hyperparams:
                before = one.hyperparams[name]
                one.hyperparams[name] = jnp.asarray(values[0], dtype=getattr(before, "dtype", None))

    return Actuator(
        f"{prefix}{key}",
        type,
        read=lambda: [float(_hyperparams(state())[name])],
        write=write,
        group="optimizer",
        min=low,
        max=high,
        metric=f"{prefix}{key}",
    )


def _hyperparams(state: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for one in _injected(state):
        found.update(one.hyperparams)
    return found


def _injected(state: Any) -> Iterator[Any]:
    """Yields the states that contain hyperparameters, at any depth in a chain."""
    if isinstance(getattr(state, "hyperparams", None), dict):
        yield state
    elif isinstance(state, tuple):
        for one in state:
            yield from _injected(one)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "ndim", None) == 0
