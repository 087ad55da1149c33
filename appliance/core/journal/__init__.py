"""Asterisk's journals turned into facts: pure folds over the lines of CEL and queue_log."""
