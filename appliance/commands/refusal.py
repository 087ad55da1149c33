"""A command that cannot do what was asked; the message is printed and the exit status is 1."""


class Refused(Exception):
    pass
