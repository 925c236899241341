"""Reads what /metrics says."""

import re

SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Exposition:
    """The samples of a Prometheus text exposition."""

    def __init__(self, text):
        self.text = text
        self.samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = SAMPLE.fullmatch(line).groups()
                self.samples[name, frozenset(LABEL.findall(labels or ""))] = float(value)

    def value(self, name, **labels):
        """One sample; 0 where there is none yet."""
        return self.samples.get((name, frozenset(labels.items())), 0)
