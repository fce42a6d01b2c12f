"""hotcb 2 as its documentation and its files describe it, for machines on which the package itself is not available.

Written for the tests next to it, from descriptions of formats and behaviour, with the standard library alone. It has the
names of the original (`hotcb.kernel.HotKernel`, `hotcb.actuators`, `python -m hotcb`), and the behaviour that a peer has to
handle: it ignores `cid`, writes bare `NaN`, loses half-written lines, and begins at byte 0 when it starts again.
"""

__version__ = "2.0.0+documented"
