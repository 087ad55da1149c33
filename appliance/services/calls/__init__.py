"""Calls that are steered from a page: an agent's own call, and what supervisors do with calls of others."""
