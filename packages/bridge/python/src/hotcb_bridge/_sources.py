"""Loads callbacks from source code. It compiles exactly the bytes that the sidecar has read, hashed and stored."""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import sys
import types
from typing import Any, Dict, List, Mapping, Optional, Sequence

#: The new names of the modules with hotcb 2's own callbacks.
_RENAMED = {"hotcb.modules.cb.callbacks": "hotcb_bridge.callbacks"}


def imports_of(path: str, place: str, text: str) -> List[Dict[str, Any]]:
    """Returns the relative imports of a source file, with the possible paths of the imported files.

    Raises:
        SyntaxError: for invalid source code; it states the file and the line.
    """
    found: List[Dict[str, Any]] = []
    for node in ast.walk(ast.parse(text, place)):
        if not isinstance(node, ast.ImportFrom) or node.level == 0:
            continue
        folder = path
        for _ in range(node.level):
            folder = os.path.dirname(folder)
        dots = "." * node.level
        if node.module is not None:
            found.append(_import(dots + node.module, folder, node.module, node.lineno, optional=False))
        base = "" if node.module is None else f"{node.module}."
        for name in node.names:
            # The name may belong to a module, or be a module itself.
            found.append(_import(dots + base + name.name, folder, base + name.name, node.lineno, optional=True))
    return found


def _import(specifier: str, folder: str, module: str, line: int, optional: bool) -> Dict[str, Any]:
    base = os.path.join(folder, *module.split("."))
    candidates = [f"{base}.py", os.path.join(base, "__init__.py")]
    return {"specifier": specifier, "candidates": candidates, "line": line, "optional": optional}


class Sources:
    """The modules of one loaded callback. Relative imports find only the files that were sent."""

    def __init__(self, number: int, files: Sequence[Mapping[str, Any]]) -> None:
        self._number = number
        self._files = {file["path"]: file for file in files}
        self._modules: Dict[str, types.ModuleType] = {}

    def module(self, path: str) -> types.ModuleType:
        """Returns the module for a file. The first call executes the file."""
        known = self._modules.get(path)
        if known is not None:
            return known
        file = self._files[path]
        name = f"hotcb_callback_{self._number}.{os.path.splitext(os.path.basename(path))[0]}"
        module = types.ModuleType(name)
        module.__file__ = file["place"]
        own = dict(vars(builtins))
        own["__import__"] = self._importer(file)
        module.__dict__["__builtins__"] = own
        self._modules[path] = module
        # Pickle, dataclasses and typing look up classes by their module.
        sys.modules[name] = module
        try:
            exec(compile(file["code"], file["place"], "exec"), module.__dict__)
        except BaseException:
            del self._modules[path], sys.modules[name]
            raise
        return module

    def _importer(self, file: Mapping[str, Any]) -> Any:
        paths: Mapping[str, str] = file["imports"]

        def load(name: str, given: Any = None, local: Any = None, wanted: Sequence[str] = (), level: int = 0) -> Any:
            if level == 0:
                return builtins.__import__(name, given, local, wanted, level)
            specifier = "." * level + name
            base = f"{specifier}." if name else specifier
            submodules = {one: self.module(paths[base + one]) for one in wanted if base + one in paths}
            if specifier in paths:
                module = self.module(paths[specifier])
            elif submodules:
                module = types.ModuleType(specifier)
            else:
                raise ImportError(f"`{file['place']}` imports `{specifier}`, which does not exist")
            for one, loaded in submodules.items():
                setattr(module, one, loaded)
            return module

        return load


def symbol_of(number: int, symbol: str, *, module: Optional[str] = None, entry: str = "", files: Any = ()) -> Any:
    """Returns the class or factory that a load request names.

    Raises:
        ImportError: when the module or the name does not exist.
    """
    if module is not None:
        for theirs, ours in _RENAMED.items():
            if module == theirs or module.startswith(f"{theirs}."):
                module = ours + module[len(theirs) :]
        found: Any = importlib.import_module(module)
    else:
        found = Sources(number, files).module(entry)
    for part in symbol.split("."):
        if not hasattr(found, part):
            raise ImportError(f"there is no `{symbol}` in `{module or entry}`")
        found = getattr(found, part)
    return found
