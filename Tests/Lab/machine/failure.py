"""What the lab could not do, in words for a person."""


class LabFailure(Exception):
    pass
