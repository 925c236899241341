"""The lab's errors, with messages for the operator."""


class LabError(Exception):
    pass
