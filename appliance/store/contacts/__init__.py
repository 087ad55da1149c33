"""Customers' cards and what happened with them."""
