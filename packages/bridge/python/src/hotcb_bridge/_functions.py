"""Functions of a training run that commands may call through the kernel's ``ctl`` module."""

from __future__ import annotations

import inspect
import json
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ._wire import Message

Call = Tuple[List[Any], Dict[str, Any]]


class Function:
    """One function, with its argument validation."""

    def __init__(self, apply: Callable[..., Any], validate: Optional[Callable[..., Any]] = None, description: str = "") -> None:
        self.apply = apply
        self.description = description
        self._validate = validate

    def check(self, args: List[Any], kwargs: Dict[str, Any]) -> Call:
        """Returns the validated arguments of a command. A validator with one parameter receives and returns the value;
        one with two parameters receives ``args`` and ``kwargs`` and returns both.
        """
        if self._validate is None:
            return args, kwargs
        if len(inspect.signature(self._validate).parameters) != 1:
            checked, named = self._validate(args, kwargs)
            return list(checked), dict(named)
        if len(args) > 1 or (args and kwargs):
            raise TypeError(f"expected one value, got args={args} kwargs={kwargs}")
        if args:
            return [self._validate(args[0])], {}
        return ([], self._validate(kwargs)) if kwargs else ([], {})


class Functions:
    """The functions of a kernel. Each receives the ``env`` of the safe point as its first argument."""

    def __init__(self, keep: Callable[..., None]) -> None:
        self.env: Mapping[str, Any] = {}
        self._keep = keep
        self._by_path: Dict[str, Function] = {}
        self._checked: Call = ([], {})
        # The commands whose calls cannot be undone. If a new sidecar requests one again, it is answered without calling
        # the function a second time.
        self._made: List[str] = []

    def add(self, path: str, function: Function) -> None:
        if not isinstance(path, str) or not path:
            raise ValueError(f"`path` must be a non-empty string, got {path!r}")
        self._by_path[path] = function

    def describe(self) -> List[Dict[str, str]]:
        return [{"path": path, "description": one.description} for path, one in self._by_path.items()]

    def serve(self, request: Message) -> Any:
        """Validates the arguments of a command, or calls the function with the arguments that were last validated."""
        function = self._by_path.get(request["path"])
        if function is None:
            raise ValueError(f"`{request['path']}` is not registered")
        if request["k"] == "ctl.check":
            args, kwargs = self._checked = function.check(request["args"], request["kwargs"])
            return plain(args, kwargs)
        args, kwargs = self._checked
        cid = request.get("cid")
        if cid is not None and cid in self._made:
            return None
        back = function.apply(self.env, *args, **kwargs)
        if callable(back):
            self._keep(request.get("seq"), back)
        elif cid is not None:
            self._made = [*self._made[-15:], cid]
        return None


def plain(args: List[Any], kwargs: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """Returns the validated arguments, or None if JSON cannot represent them."""
    try:
        json.dumps([args, kwargs])
    except (TypeError, ValueError):
        return None
    return {"args": args, "kwargs": kwargs}
