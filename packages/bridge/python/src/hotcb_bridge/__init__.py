"""Live control of a PyTorch training run: changes its learning rate and loss weights, and manages its checkpoints,
while it runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._errors import BridgeError, RecipeError
from ._kernel import HotKernel
from ._results import ApplyResult
from ._version import __version__
from .actuators import (
    Actuator,
    MutableState,
    attribute_actuator,
    bool_actuator,
    choice_actuator,
    float_actuator,
    int_actuator,
    log_float_actuator,
    loss_actuators,
    mutable_state,
    tuple_actuator,
)
from .capabilities import TrainingCapabilities
from .checkpoints import LoadFn, SaveFn, torch_checkpoint, weights_sha256
from .controller import RuntimeController
from .data import DataMix, data_mix_actuators, mixed_dataset
from .features import FeatureCapture
from .hot_controller import ControllerResult, HotController
from .launcher import LaunchHandle, launch
from .metrics import MetricsCollector
from .optimizers import optimizer_actuators

if TYPE_CHECKING:
    from .adapters.hf import HotCBHFCallback as HotCBHFCallback
    from .adapters.lightning import HotCBLightning as HotCBLightning
else:
    # These are imported on first use, because each of them imports its framework. They are not in `__all__`, since
    # `import *` would import them.
    _ADAPTERS = {"HotCBHFCallback": "hf", "HotCBLightning": "lightning"}

    def __getattr__(name: str) -> Any:
        if name not in _ADAPTERS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".adapters.{_ADAPTERS[name]}", __name__), name)


__all__ = [
    "Actuator",
    "ApplyResult",
    "BridgeError",
    "ControllerResult",
    "DataMix",
    "FeatureCapture",
    "HotController",
    "HotKernel",
    "LaunchHandle",
    "LoadFn",
    "MetricsCollector",
    "MutableState",
    "RecipeError",
    "RuntimeController",
    "SaveFn",
    "TrainingCapabilities",
    "__version__",
    "attribute_actuator",
    "bool_actuator",
    "choice_actuator",
    "data_mix_actuators",
    "float_actuator",
    "int_actuator",
    "launch",
    "log_float_actuator",
    "loss_actuators",
    "mixed_dataset",
    "mutable_state",
    "optimizer_actuators",
    "torch_checkpoint",
    "tuple_actuator",
    "weights_sha256",
]
