"""hotcb 2's callbacks: ``hotcb cb load timing --path hotcb.modules.cb.callbacks.timing --symbol TimingCallback``."""

from .anomaly_guard import AnomalyGuardCallback
from .grad_stats import GradStatsCallback
from .heartbeat import HeartbeatCallback
from .jsonl_logger import JSONLLoggerCallback
from .system_stats import SystemStatsCallback
from .tensor_stats import TensorStatsCallback
from .timing import TimingCallback

__all__ = [
    "AnomalyGuardCallback",
    "GradStatsCallback",
    "HeartbeatCallback",
    "JSONLLoggerCallback",
    "SystemStatsCallback",
    "TensorStatsCallback",
    "TimingCallback",
]
