"""Agents at work: their sessions, pauses, wrap-up and presence, at whichever phone they sit."""
