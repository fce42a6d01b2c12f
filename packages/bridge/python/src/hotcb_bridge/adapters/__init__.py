"""Adapters: callbacks that put the training of a framework under live control."""
