"""Version of this package: that of the npm package @hotcb/bridge."""

__version__ = "0.1.0"
