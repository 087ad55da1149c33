"""A contact centre in a box: one daemon that drives Asterisk."""
