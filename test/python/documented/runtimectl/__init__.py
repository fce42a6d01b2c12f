"""runtimectl 0.1.0 as its documentation and its files describe it: Python's index does not have it.

Written for the tests beside it, with the standard library alone. It keeps what a peer has to cope with: an offset in memory,
lines taken by half, and a loop that ends at what is no object.
"""

from .controller import RuntimeController

__all__ = ["RuntimeController"]
__version__ = "0.1.0+documented"
