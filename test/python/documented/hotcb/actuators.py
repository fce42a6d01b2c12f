"""Parameters that can be changed while training, found by their key."""


class Actuator:
    """One parameter: its type, bounds, and the function that sets it."""

    def __init__(self, key, kind, setter, current, label=None, group="", low=None, high=None):
        self.key = key
        self.kind = kind
        self.setter = setter
        self.current = current
        self.label = label or key
        self.group = group
        self.low = low
        self.high = high
        self.state = "init"

    def refuses(self, value):
        """Why a value cannot be set, or None. NaN passes every test for a number."""
        if self.kind == "tuple":
            return None if isinstance(value, (tuple, list)) else f"expected tuple/list, got {type(value).__name__}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"expected numeric, got {type(value).__name__}"
        reasons = []
        if self.low is not None and value < self.low:
            reasons.append(f"{value} below min {self.low}")
        elif self.high is not None and value > self.high:
            reasons.append(f"{value} above max {self.high}")
        if self.kind == "log_float" and value <= 0:
            reasons.append(f"log_float must be positive, got {value}")
        return "; ".join(reasons) or None

    def describe(self):
        """The control as it is written to `hotcb.actuators.json`."""
        return {
            "param_key": self.key,
            "type": self.kind,
            "label": self.label,
            "group": self.group,
            "min": self.low,
            "max": self.high,
            "step": None,
            "log_base": 10.0 if self.kind == "log_float" else None,
            "choices": None,
            "current": self.current,
            "state": self.state,
        }


class MutableState:
    """Every actuator of a training run. If keys are equal, the last actuator counts."""

    def __init__(self, actuators):
        self.actuators = {actuator.key: actuator for actuator in actuators}

    def initialize(self, env):
        """Marks new actuators as unchanged."""
        for actuator in self.actuators.values():
            if actuator.state == "init":
                actuator.state = "untouched"

    def apply(self, key, value, env):
        """Sets a value; returns the reason if that fails, otherwise None."""
        actuator = self.actuators.get(key)
        if actuator is None:
            return f"unknown_param:{key}"
        if actuator.state == "disabled":
            return f"actuator_disabled:{key}"
        reason = actuator.refuses(value)
        if reason is not None:
            return reason
        try:
            actuator.setter(value, env)
        except Exception as error:
            return f"apply_fn_exception: {error}"
        actuator.current = value
        actuator.state = "unverified"
        return None

    def enable(self, key):
        """Lets a disabled parameter change again; an unknown key does nothing."""
        actuator = self.actuators.get(key)
        if actuator is not None and actuator.state == "disabled":
            actuator.state = "untouched"

    def disable(self, key):
        """Refuses changes of a parameter; an unknown key does nothing."""
        if key in self.actuators:
            self.actuators[key].state = "disabled"

    def describe_all(self):
        """The controls, without those that are disabled."""
        return [actuator.describe() for actuator in self.actuators.values() if actuator.state != "disabled"]


def optimizer_actuators(optimizer, lr_bounds=(1e-7, 1.0), wd_bounds=(0.0, 1.0)):
    """`lr`, `weight_decay` and `betas` of an optimizer, those that its first group has; they are set in every group."""

    def set_in_groups(key, convert):
        def setter(value, env):
            for group in optimizer.param_groups:
                group[key] = convert(value)

        return setter

    first = optimizer.param_groups[0]
    known = [
        ("lr", "log_float", float, "Learning Rate", lr_bounds),
        ("weight_decay", "log_float", float, "Weight Decay", wd_bounds),
        ("betas", "tuple", tuple, "Betas", (None, None)),
    ]
    return [
        Actuator(key, kind, set_in_groups(key, convert), first[key], label, "optimizer", *bounds)
        for key, kind, convert, label, bounds in known
        if key in first
    ]


def loss_actuators(weights, global_bounds=(0.0, 100.0)):
    """One actuator for each weight of a dict, which is changed in place."""

    def set_weight(name):
        def setter(value, env):
            weights[name] = float(value)

        return setter

    return [
        Actuator(name, "float", set_weight(name), value, name, "loss", *global_bounds) for name, value in weights.items()
    ]


def mutable_state(actuators):
    """The state that a kernel accepts."""
    return MutableState(actuators)
