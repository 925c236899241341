"""What could not be done, in words for whoever asked for it."""


class CommandFailure(Exception):
    pass
