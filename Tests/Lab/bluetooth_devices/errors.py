"""Errors of control commands, with messages for the caller."""


class CommandError(Exception):
    pass
