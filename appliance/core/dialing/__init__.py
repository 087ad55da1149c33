"""Calling out: whom, when, how often, and what became of it."""
