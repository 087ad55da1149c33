"""Pure rules of the contact centre: no I/O, no clock, no randomness."""
