"""Alarms: what is measured, when one is raised and over, and who is told of it."""
