"""hotcb 2 as its documentation and its files describe it, for where the package itself cannot be had.

Written for the tests beside it, from descriptions of formats and behaviour, with the standard library alone. It has the
names of the original (`hotcb.kernel.HotKernel`, `hotcb.actuators`, `python -m hotcb`), and keeps what a peer has to
cope with: it knows no `cid`, writes bare `NaN`, takes half-written lines, and begins at byte 0 when it starts again.
"""

__version__ = "2.0.0+documented"
