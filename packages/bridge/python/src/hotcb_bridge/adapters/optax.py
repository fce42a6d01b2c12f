"""Controls of an Optax optimizer, for loops in JAX."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ..actuators import Actuator

#: Names and types of the hyperparameters that people know by another name.
_KNOWN = {"learning_rate": ("lr", "log_float", (1e-7, 1.0)), "weight_decay": ("weight_decay", "float", (0.0, 1.0))}


def optax_actuators(
    state: Callable[[], Any], bounds: Optional[Mapping[str, Tuple[float, float]]] = None, prefix: str = ""
) -> List[Actuator]:
    """The numbers that ``optax.inject_hyperparams`` keeps in the state of an optimizer: ``learning_rate`` as ``lr``, and
    the others by their names. Those that a schedule of Optax writes at each update are left out.

    JAX keeps them in the precision of the state, usually float32: reading gives the rounded value.

    Args:
        state: Returns the current state of the optimizer; a loop has another one after each update.
        bounds: Of each hyperparameter, by its name in Optax. Default: those of ``lr`` and ``weight_decay`` in PyTorch,
            and none for others.
        prefix: Put before each key.

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
    """The states with hyperparameters, however deep in a chain they are."""
    if isinstance(getattr(state, "hyperparams", None), dict):
        yield state
    elif isinstance(state, tuple):
        for one in state:
            yield from _injected(one)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "ndim", None) == 0
