"""Controls: what can be changed while a model trains."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

_NUMERIC = ("int", "float", "log_float")
TYPES = ("bool", "int", "float", "log_float", "choice", "tuple")

Values = List[Any]


class Actuator:
    """One controllable parameter, with one value for each parameter group it spans.

    Args:
        key: Its name in commands.
        type: ``bool``, ``int``, ``float``, ``log_float``, ``choice`` or ``tuple``.
        read: Returns the current values, one for each group.
        write: Writes one value for each group. May raise: the command then fails, and everything is put back.
        group: The module that changes it; ``optimizer`` belongs to ``opt``.

    Raises:
        ValueError: for an unknown type.
    """

    #: Set for the rate of an optimizer whose schedule is the trainer's.
    set_scale: Optional[Callable[[List[float]], None]] = None
    rates: Optional[Callable[[], List[float]]] = None
    #: The current scales, to put them back.
    scales: Optional[Callable[[], List[float]]] = None
    #: The value that the training used last, for the metric of that name.
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
        """The current values as JSON has them."""
        return [self._plain(value) for value in self._read()]

    def write(self, values: Sequence[Any]) -> None:
        self._write([self._given(value) for value in values])

    def describe(self) -> Dict[str, Any]:
        """What the sidecar is told of it."""
        more = {name: value for name, value in self._more.items() if value is not None}
        scheduled = {"scheduled": True} if self.set_scale is not None else {}
        return {"key": self.key, "type": self.type, "group": self.group, **more, "initial": self.read(), **scheduled}

    def _plain(self, value: Any) -> Any:
        if self.type == "tuple":
            return [float(one) for one in value]
        if self.type in ("float", "log_float"):
            return float(value)
        return value

    # JSON does not distinguish 1 from 1.0, and a trainer may.
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
    """A number, between ``min`` and ``max`` if given."""
    return _single(key, "float", get, set, min=min, max=max, group=group, **more)


def attribute_actuator(owner: Any, name: str, *, key: Optional[str] = None, **more: Any) -> Actuator:
    """A number that is an attribute of an object, such as ``eta0`` of a model of scikit-learn.

    Args:
        key: Default: the name of the attribute.
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
    """A number greater than 0 that people change by factors."""
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
    """A whole number, between ``min`` and ``max`` if given."""
    return _single(key, "int", get, set, min=min, max=max, group=group, **{"step": 1, **more})


def bool_actuator(
    key: str, *, get: Callable[[], bool], set: Callable[[bool], None], group: str = "custom", **more: Any
) -> Actuator:
    """True or false."""
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
    """One of some values, of types that JSON has.

    Raises:
        ValueError: without a choice, or with None as one: a null in a command leaves a value unchanged.
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
    """As many numbers as it has now, each between ``min`` and ``max`` if given."""
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
        weights: The weights that the trainer reads at each step; changed in place.
        global_bounds: Bounds of all weights, both inclusive.
        key_bounds: Bounds of single weights, by name.
        terms: Switches that the trainer reads itself. Without them a term has weight 0 while it is switched off.

    Raises:
        ValueError: for bounds of a name that is no weight.
    """
    for name in key_bounds or ():
        if name not in weights:
            raise ValueError(f"`key_bounds` has `{name}`, which is no weight: there are {', '.join(weights)}")
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
        # The weight as it is when the term is on.
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
    """The controls of a trainer, by key. Of equal keys the last one counts."""

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
    """The combined controls of a trainer: ``mutable_state(optimizer_actuators(opt), loss_actuators(weights))``."""
    state = MutableState()
    for one in lists:
        state.add(*([one] if isinstance(one, Actuator) else one))
    return state
