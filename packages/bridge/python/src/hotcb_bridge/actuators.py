"""Controls: the values that can be changed while a model trains."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

_NUMERIC = ("int", "float", "log_float")
TYPES = ("bool", "int", "float", "log_float", "choice", "tuple")

Values = List[Any]


class Actuator:
    """One control, with one value for each parameter group that it covers.

    Args:
        key: Its name in commands.
        type: ``bool``, ``int``, ``float``, ``log_float``, ``choice`` or ``tuple``.
        read: Returns the current values, one for each group.
        write: Writes one value for each group. If it raises an exception, the command fails, and all values are
            restored.
        group: The module that changes it; ``optimizer`` belongs to ``opt``.

    Raises:
        ValueError: for an unknown type.
    """

    #: Set for the learning rate of an optimizer that follows the trainer's schedule.
    set_scale: Optional[Callable[[List[float]], None]] = None
    rates: Optional[Callable[[], List[float]]] = None
    #: Returns the current scales, so that they can be restored.
    scales: Optional[Callable[[], List[float]]] = None
    #: Returns the value that training last used, for the metric with the control's name.
    used: Optional[Callable[[], Optional[float]]] = None

    def __init__(
        self,
        key: str,
        type: str,
        *,
        read: Callable[[], Values],
        write: Callable[[Values], None],
        group: str = "custom",
        label: Optional[str] = None,
        unit: Optional[str] = None,
        min: Optional[float] = None,
        max: Optional[float] = None,
        step: Optional[float] = None,
        choices: Optional[Sequence[Any]] = None,
        groups: Sequence[str] = ("",),
        aliases: Sequence[str] = (),
        keep_ratios: bool = False,
        rampable: Optional[bool] = None,
        metric: Optional[str] = None,
    ) -> None:
        if type not in TYPES:
            raise ValueError(f"the type of `{key}` must be one of {', '.join(TYPES)}, got {type!r}")
        self.key = key
        self.type = type
        self.group = group
        self._read = read
        self._write = write
        self._more = {
            "label": label,
            "unit": unit,
            "min": min,
            "max": max,
            "step": step,
            "choices": None if choices is None else list(choices),
            "groups": list(groups),
            "aliases": list(aliases),
            "keep": keep_ratios,
            "rampable": type in _NUMERIC if rampable is None else rampable,
            "metric": metric,
        }

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} {self.key} ({self.type}, {self.group})>"

    def read(self) -> Values:
        """Returns the current values as JSON."""
        return [self._plain(value) for value in self._read()]

    def write(self, values: Sequence[Any]) -> None:
        self._write([self._given(value) for value in values])

    def describe(self) -> Dict[str, Any]:
        """Returns the description of the control for the sidecar."""
        more = {name: value for name, value in self._more.items() if value is not None}
        scheduled = {"scheduled": True} if self.set_scale is not None else {}
        return {"key": self.key, "type": self.type, "group": self.group, **more, "initial": self.read(), **scheduled}

    def _plain(self, value: Any) -> Any:
        if self.type == "tuple":
            return [float(one) for one in value]
        if self.type in ("float", "log_float"):
            return float(value)
        return value

    # JSON does not distinguish 1 from 1.0, but a trainer may.
    def _given(self, value: Any) -> Any:
        if self.type == "tuple":
            return tuple(float(one) for one in value)
        if self.type in ("float", "log_float"):
            return float(value)
        return int(value) if self.type == "int" else value


def _single(key: str, type: str, get: Callable[[], Any], set: Callable[[Any], None], **more: Any) -> Actuator:
    return Actuator(key, type, read=lambda: [get()], write=lambda values: set(values[0]), **more)


def float_actuator(
    key: str,
    *,
    get: Callable[[], float],
    set: Callable[[float], None],
    min: Optional[float] = None,
    max: Optional[float] = None,
    group: str = "custom",
    **more: Any,
) -> Actuator:
    """A control for a number, between ``min`` and ``max`` if given."""
    return _single(key, "float", get, set, min=min, max=max, group=group, **more)


def attribute_actuator(owner: Any, name: str, *, key: Optional[str] = None, **more: Any) -> Actuator:
    """A control for a number that is an attribute of an object, such as ``eta0`` of a scikit-learn model.

    Args:
        key: Its name in commands. Default: the name of the attribute.
        **more: As for :func:`float_actuator`.

    Raises:
        AttributeError: when the object has no such attribute.
    """
    getattr(owner, name)
    return float_actuator(
        key or name, get=lambda: float(getattr(owner, name)), set=lambda value: setattr(owner, name, value), **more
    )


def log_float_actuator(
    key: str,
    *,
    get: Callable[[], float],
    set: Callable[[float], None],
    min: Optional[float] = None,
    max: Optional[float] = None,
    group: str = "custom",
    **more: Any,
) -> Actuator:
    """A control for a number greater than 0 that is usually changed by factors."""
    return _single(key, "log_float", get, set, min=min, max=max, group=group, **more)


def int_actuator(
    key: str,
    *,
    get: Callable[[], int],
    set: Callable[[int], None],
    min: Optional[int] = None,
    max: Optional[int] = None,
    group: str = "custom",
    **more: Any,
) -> Actuator:
    """A control for a whole number, between ``min`` and ``max`` if given."""
    return _single(key, "int", get, set, min=min, max=max, group=group, **{"step": 1, **more})


def bool_actuator(
    key: str, *, get: Callable[[], bool], set: Callable[[bool], None], group: str = "custom", **more: Any
) -> Actuator:
    """A control that is true or false."""
    return _single(key, "bool", get, set, group=group, **more)


def choice_actuator(
    key: str,
    *,
    choices: Sequence[Any],
    get: Callable[[], Any],
    set: Callable[[Any], None],
    group: str = "custom",
    **more: Any,
) -> Actuator:
    """A control for one of several values of JSON types.

    Raises:
        ValueError: if there are no choices, or one is None, since null in a command leaves a value unchanged.
    """
    if not choices or None in choices:
        raise ValueError(f"`{key}` needs at least one choice, and None cannot be one, got {list(choices)!r}")
    return _single(key, "choice", get, set, choices=choices, group=group, **more)


def tuple_actuator(
    key: str,
    *,
    get: Callable[[], Sequence[float]],
    set: Callable[[Tuple[float, ...]], None],
    min: Optional[float] = None,
    max: Optional[float] = None,
    group: str = "custom",
    **more: Any,
) -> Actuator:
    """A control for a fixed-length list of numbers, each between ``min`` and ``max`` if given."""
    return _single(key, "tuple", get, set, min=min, max=max, group=group, **more)


def loss_actuators(
    weights: Dict[str, float],
    global_bounds: Tuple[float, float] = (0.0, 100.0),
    key_bounds: Optional[Mapping[str, Tuple[float, float]]] = None,
    *,
    terms: Optional[Dict[str, bool]] = None,
) -> List[Actuator]:
    """The controls of a loss: each weight (also as ``<name>_w``), its ramp and its switch ``terms.<name>``.

    Args:
        weights: The weights that the trainer reads at each step. They are changed in place.
        global_bounds: Bounds for all weights, both inclusive.
        key_bounds: Bounds of individual weights, by name.
        terms: Switches that the trainer reads itself. Without them, a term that is switched off has weight 0.

    Raises:
        ValueError: for bounds with a name that is not a weight.
    """
    for name in key_bounds or ():
        if name not in weights:
            raise ValueError(f"`key_bounds` has `{name}`, which is not a weight: choose from {', '.join(weights)}")
    found: List[Actuator] = []
    for name in weights:
        found += _LossTerm(weights, name, (key_bounds or {}).get(name, global_bounds), terms).actuators()
    return found


class _LossTerm:
    def __init__(
        self, weights: Dict[str, float], name: str, bounds: Tuple[float, float], terms: Optional[Dict[str, bool]]
    ) -> None:
        self._weights = weights
        self._name = name
        self._bounds = bounds
        self._terms = terms
        # The weight of the term while it is on.
        self._weight = weights[name]
        self._on = True

    def actuators(self) -> List[Actuator]:
        low, high = self._bounds
        return [
            float_actuator(
                self._name,
                get=lambda: self._weights[self._name] if self._on else self._weight,
                set=self._set_weight,
                min=low,
                max=high,
                group="loss",
                aliases=[f"{self._name}_w"],
            ),
            bool_actuator(f"terms.{self._name}", get=self._is_on, set=self._switch, group="loss"),
        ]

    def _is_on(self) -> bool:
        return self._on if self._terms is None else self._terms.get(self._name, True)

    def _set_weight(self, value: float) -> None:
        self._weight = value
        self._update()

    def _switch(self, on: bool) -> None:
        if self._terms is not None:
            self._terms[self._name] = on
        else:
            self._on = on
            self._update()

    def _update(self) -> None:
        self._weights[self._name] = self._weight if self._on else 0.0


class MutableState:
    """The controls of a trainer, by key. If two controls have the same key, the last one is used."""

    def __init__(self, actuators: Iterable[Actuator] = ()) -> None:
        self._by_key: Dict[str, Actuator] = {}
        self.add(*actuators)

    def add(self, *actuators: Actuator) -> None:
        for actuator in actuators:
            if not isinstance(actuator, Actuator):
                raise TypeError(f"a control must be an Actuator, as from `optimizer_actuators`, got {actuator!r}")
            self._by_key[actuator.key] = actuator

    def keys(self) -> List[str]:
        return list(self._by_key)

    def __iter__(self) -> Iterator[Actuator]:
        return iter(list(self._by_key.values()))

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __len__(self) -> int:
        return len(self._by_key)

    def __getitem__(self, key: str) -> Actuator:
        return self._by_key[key]


def mutable_state(*lists: Union[Actuator, Iterable[Actuator]]) -> MutableState:
    """Combines the controls of a trainer: ``mutable_state(optimizer_actuators(opt), loss_actuators(weights))``."""
    state = MutableState()
    for one in lists:
        state.add(*([one] if isinstance(one, Actuator) else one))
    return state
