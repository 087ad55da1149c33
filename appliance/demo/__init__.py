"""A demo centre with phones of its own; no part of the daemon."""
