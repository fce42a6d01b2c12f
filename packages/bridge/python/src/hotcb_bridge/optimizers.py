"""The controls of a PyTorch optimizer."""

from __future__ import annotations

import weakref
from typing import Any, Dict, List, MutableMapping, Optional, Sequence, Tuple

from .actuators import Actuator

Group = Dict[str, Any]


def optimizer_actuators(
    optimizer: Any,
    lr_bounds: Tuple[float, float] = (1e-7, 1.0),
    wd_bounds: Tuple[float, float] = (0.0, 1.0),
    *,
    schedule: Any = None,
    clip_norm: Optional[float] = None,
    prefix: str = "",
) -> List[Actuator]:
    """Returns the controls of an optimizer: ``lr``, and whichever of ``weight_decay``, ``betas`` and ``momentum`` it
    has.

    Args:
        optimizer: A ``torch.optim.Optimizer``; torch 2.0 or later if ``schedule`` or ``clip_norm`` is given.
        lr_bounds: Bounds of ``lr``, both inclusive.
        wd_bounds: Bounds of ``weight_decay``.
        schedule: The scheduler that sets the rates, or ``"own"`` if the loop itself sets them. The rate in use is then
            the schedule's rate times a scale. The scale is applied only during ``optimizer.step()``, so it does not
            affect the schedule. The keys ``scheduler_scale`` and ``scheduler_drop`` are available.
        clip_norm: The norm to which gradients are clipped in ``optimizer.step()``; 0 means off. If given, there is a
            control with that name. With gradient scaling, the norm applies to the unscaled gradients.
        prefix: A prefix for each key, for a second optimizer: ``opt1.``. If that optimizer has a schedule, it has the
            control ``opt1.lr_scale``, a factor for the schedule's rate, instead of ``opt1.lr``.

    Raises:
        TypeError: when it is not an optimizer, or lacks the step hooks that it needs.
    """
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list) or not groups or "lr" not in groups[0]:
        raise TypeError(f"an optimizer must have `param_groups` with `lr`, got {type(optimizer).__name__}")
    span = _Span(optimizer, prefix)
    rate = span.control("lr", "log_float", lr_bounds, label="Learning rate", keep_ratios=True)
    controls = [rate]
    if schedule is not None or clip_norm is not None:
        hooks = hooks_of(optimizer)
        hooks.begin(clip_norm)
        if schedule is not None:
            hooks.is_scheduled = True
            if prefix:
                controls = [hooks.scale_control(f"{prefix}lr_scale")]
            else:
                rate.set_scale = hooks.set_scale
                rate.scales = hooks.scales
                rate.rates = span.rates
    if "weight_decay" in groups[0]:
        controls.append(span.control("weight_decay", "float", wd_bounds, label="Weight decay"))
    if "betas" in groups[0]:
        # A beta of 1 would cause a division by zero in Adam's bias correction.
        controls.append(span.control("betas", "tuple", (0.0, 0.999999), label="Betas"))
    if "momentum" in groups[0]:
        controls.append(span.control("momentum", "float", (0.0, 1.0), label="Momentum"))
    if clip_norm is not None:
        controls.append(hooks_of(optimizer).clip_control(f"{prefix}clip_norm"))
    rate.used = lambda: used_rate(optimizer)
    return controls


def used_rate(optimizer: Any) -> Optional[float]:
    """Returns the rate that the last step used in the first group; before the first step, the rate that it will use."""
    hooks = _HOOKS.get(optimizer)
    if hooks is not None and hooks.used is not None:
        return hooks.used
    rate = optimizer.param_groups[0]["lr"]
    if _is_on_device(rate):
        return None  # Reading the value would wait for the device.
    return float(rate) * (hooks.scales()[0] if hooks is not None else 1.0)


class _Span:
    """All parameter groups of an optimizer. They are read every time, because loading the optimizer's state replaces
    them.
    """

    def __init__(self, optimizer: Any, prefix: str = "") -> None:
        self._optimizer = optimizer
        self._prefix = prefix
        self._names = [group.get("name") for group in optimizer.param_groups]

    def groups(self) -> List[Group]:
        groups: List[Group] = self._optimizer.param_groups
        now, then = len(groups), len(self._names)
        if now != then:
            raise ValueError(f"the optimizer has {now} parameter groups now, but had {then} when its controls were created")
        return groups

    def rates(self) -> List[float]:
        return [float(group["lr"]) for group in self.groups()]

    def control(self, key: str, type: str, bounds: Tuple[float, float], **more: Any) -> Actuator:
        only = len(self._names) == 1
        names = ["" if only and name is None else str(i if name is None else name) for i, name in enumerate(self._names)]

        def read() -> List[Any]:
            return [group[key] for group in self.groups()]

        def write(values: Sequence[Any]) -> None:
            for group, value in zip(self.groups(), values):
                set_in(group, key, value)

        name = f"{self._prefix}{key}"
        return Actuator(
            name,
            type,
            read=read,
            write=write,
            group="optimizer",
            min=bounds[0],
            max=bounds[1],
            groups=names,
            metric=name,
            **more,
        )


def set_in(group: Group, key: str, value: Any) -> None:
    """Sets a value of a group. A tensor is filled in place, because compiled and captured steps read that very tensor."""
    now = group[key]
    if hasattr(now, "fill_"):
        now.fill_(value)
    else:
        group[key] = value


class StepHooks:
    """The hooks around ``optimizer.step()``: they apply the scale of a schedule, and clip gradients."""

    def __init__(self, optimizer: Any) -> None:
        register = getattr(optimizer, "register_step_pre_hook", None)
        if register is None:
            raise TypeError(
                "`schedule` and `clip_norm` need an optimizer with step hooks (torch 2.0 or later), "
                f"got {type(optimizer).__name__}"
            )
        self._scales: List[float] = []
        self._kept: Optional[List[Any]] = None
        self.clip_norm = 0.0
        self.is_scheduled = False
        #: The rate that the last step used in the first group.
        self.used: Optional[float] = None
        register(self._before)
        optimizer.register_step_post_hook(self._after)

    def begin(self, clip_norm: Optional[float]) -> None:
        """Resets the hooks for an optimizer whose controls are being created."""
        self._scales = []
        self.is_scheduled = False
        self.used = None
        self.clip_norm = 0.0 if clip_norm is None else float(clip_norm)

    def scales(self) -> List[float]:
        return list(self._scales) or [1.0]

    def set_scale(self, scales: Sequence[float]) -> None:
        self._scales = [float(scale) for scale in scales]

    def scale_control(self, key: str) -> Actuator:
        return Actuator(
            key,
            "log_float",
            read=lambda: self.scales()[:1],
            write=self.set_scale,
            group="optimizer",
            label="Factor of the scheduled rate",
            min=1e-6,
            max=1e6,
        )

    def clip_control(self, key: str = "clip_norm") -> Actuator:
        def write(values: Sequence[Any]) -> None:
            self.clip_norm = values[0]

        return Actuator(
            key,
            "float",
            read=lambda: [self.clip_norm],
            write=write,
            group="optimizer",
            label="Gradient clipping",
            min=0.0,
            max=1000.0,
        )

    def _before(self, optimizer: Any, *_: Any) -> None:
        groups: List[Group] = optimizer.param_groups
        self._put_back(groups)  # A step that raised an error has left its scale in place.
        if any(scale != 1.0 for scale in self._scales):
            kept: List[Any] = []
            for i, group in enumerate(groups):
                rate = group["lr"]
                scale = self._scales[i] if i < len(self._scales) else self._scales[-1]
                if hasattr(rate, "mul_"):
                    kept.append(rate.clone())
                    rate.mul_(scale)
                else:
                    kept.append(rate)
                    group["lr"] = rate * scale
            self._kept = kept
        first = groups[0]["lr"]
        self.used = None if _is_on_device(first) else float(first)
        if self.clip_norm > 0:
            clip(optimizer, self.clip_norm)

    def _after(self, optimizer: Any, *_: Any) -> None:
        self._put_back(optimizer.param_groups)

    def _put_back(self, groups: Sequence[Group]) -> None:
        kept, self._kept = self._kept, None
        if kept is None:
            return
        for group, rate in zip(groups, kept):
            if hasattr(rate, "mul_"):
                group["lr"].copy_(rate)
            else:
                group["lr"] = rate


def clip(optimizer: Any, norm: float) -> None:
    """Clips the gradients of all groups together. A fused optimizer receives scaled gradients, and divides them itself."""
    from torch.nn.utils import clip_grad_norm_

    scale = getattr(optimizer, "grad_scale", None)
    limit = norm if scale is None else norm * float(scale)
    clip_grad_norm_([param for group in optimizer.param_groups for param in group["params"]], limit)


def _is_on_device(value: Any) -> bool:
    device = getattr(value, "device", None)
    return device is not None and getattr(device, "type", "cpu") != "cpu"


# Each optimizer has only one set of hooks, even if its controls are created again, since a notebook cell may run twice.
_HOOKS: MutableMapping[Any, StepHooks] = weakref.WeakKeyDictionary()


def hooks_of(optimizer: Any) -> StepHooks:
    hooks = _HOOKS.get(optimizer)
    if hooks is None:
        hooks = _HOOKS[optimizer] = StepHooks(optimizer)
    return hooks
