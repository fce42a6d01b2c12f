"""Evaluates the texts of standard input, a JSON list, as CPython does; writes their results as a JSON list.

A walk over Python's own syntax tree with Python's own operators. What this language bounds is bounded here at the same places:
whole numbers beyond 2**53 - 1, floats that are not finite, strings of 4,096 characters, lists of 1,000 items.
"""

import ast
import json
import operator
import sys
import warnings

warnings.simplefilter("ignore")

BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}
COMPARE = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
MOST = 2**53 - 1


class Refused(Exception):
    pass


class Walk:
    def __init__(self, names):
        self.names = names
        self.rounded = False  # a power whose last bit the C library decides

    def value(self, node):
        return self.bounded(getattr(self, type(node).__name__.lower())(node))

    def bounded(self, value):
        if isinstance(value, complex):
            raise Refused("range")
        if isinstance(value, int) and abs(value) > MOST:
            raise Refused("range")
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            raise Refused("range")
        if isinstance(value, str) and len(value.encode("utf-16-le")) // 2 > 4096:
            raise Refused("cost")
        if isinstance(value, (list, tuple)) and len(value) > 1000:
            raise Refused("cost")
        return value

    def constant(self, node):
        return node.value

    def name(self, node):
        if node.id not in self.names:
            raise Refused("name")
        return self.names[node.id]

    def list(self, node):
        return [self.value(one) for one in node.elts]

    def tuple(self, node):
        return tuple(self.value(one) for one in node.elts)

    def unaryop(self, node):
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else +value

    def binop(self, node):
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, str) and isinstance(node.op, ast.Mod):
            raise Refused("type")
        self.refuse_large(node.op, left, right)
        if isinstance(node.op, ast.Pow) and isinstance(left, (int, float)) and isinstance(right, (int, float)):
            whole = isinstance(left, int) and isinstance(right, int)
            self.rounded = self.rounded or not whole or right < 0
        return BINARY[type(node.op)](left, right)

    def refuse_large(self, op, left, right):
        """Rejects operations for which Python would first build a huge value."""
        if isinstance(op, ast.Pow) and isinstance(left, int) and isinstance(right, int):
            if abs(left) > 1 and right > 64:
                raise Refused("range")
        if isinstance(op, ast.Mult):
            for many, times in ((left, right), (right, left)):
                if isinstance(many, (str, list, tuple)) and isinstance(times, int) and times > 4096 and len(many) > 0:
                    raise Refused("cost")

    def compare(self, node):
        left = self.value(node.left)
        for op, operand in zip(node.ops, node.comparators):
            right = self.value(operand)
            if isinstance(op, ORDER) and isinstance(left, (list, tuple)):
                raise Refused("type")
            if not COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def boolop(self, node):
        is_or = isinstance(node.op, ast.Or)
        value = None
        for operand in node.values:
            value = self.value(operand)
            if bool(value) == is_or:
                break
        return value

    def ifexp(self, node):
        return self.value(node.body if self.value(node.test) else node.orelse)

    def call(self, node):
        values = [self.value(one) for one in node.args]
        several = values if len(values) > 1 else values[0] if values and isinstance(values[0], (list, tuple)) else ()
        if len(several) > 1 and any(isinstance(one, (list, tuple)) for one in several):
            raise Refused("type")
        return {"min": min, "max": max}[node.func.id](*values)


def answer(text, names):
    walk = Walk(names)
    try:
        value = walk.value(ast.parse(text, mode="eval").body)
    except SyntaxError:
        return {"refused": "syntax"}
    except Refused as refused:
        return {"refused": str(refused), "rounded": walk.rounded}
    except TypeError:
        return {"refused": "type", "rounded": walk.rounded}
    except (ZeroDivisionError, OverflowError, ValueError):
        return {"refused": "range", "rounded": walk.rounded}
    return {"value": shown(value), "rounded": walk.rounded}


def shown(value):
    """A value with its kind; floats as text that both languages read as the same bits."""
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [shown(one) for one in value]]
    return [type(value).__name__, repr(value) if isinstance(value, float) else value]


asked = json.load(sys.stdin)
json.dump([answer(text, asked["names"]) for text in asked["texts"]], sys.stdout)
