"""Imports of files into lists: taken in, run in a process of their own, watched and stopped."""
