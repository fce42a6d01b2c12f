"""The version of this package, which is the same as that of the npm package @hotcb/bridge."""

__version__ = "0.1.0"
