"""Calls the contacts of lists: what is seen, how many calls that allows, and the calls themselves."""
