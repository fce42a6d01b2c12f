"""Adapters: callbacks that put a framework's training runs under live control."""
