"""runtimectl 0.1.0 as its documentation and its files describe it: Python's index does not have it.

Written for the tests next to it, with the standard library alone. It has the behaviour that a peer has to handle: an offset
in memory, half-written lines that are lost, and a loop that ends at a value that is not an object.
"""

from .controller import RuntimeController

__all__ = ["RuntimeController"]
__version__ = "0.1.0+documented"
