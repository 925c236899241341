"""What the report reads from the results: the middle of several rounds, ratios, and the list of targets."""

from loads import median, quantile

# The other servers store nothing on disk, so the gateway is compared without its journal and also shown with it.
OURS = "leadville-gateway"
WITH_JOURNAL = "leadville-gateway, storing every reading in its journal"
JOINED = "C, joined sends"
PLAIN = "C, one send each"
READER = "C, only reading and counting frames"


def rows(results, key, name):
    return [row for row in results["runs"].get(key, {}).get(name, []) if row]


def middle(results, key, name, pick):
    return median([pick(row) for row in rows(results, key, name)])


def rate(row):
    return row["events_per_s"]


def cpu(row):
    return row["server"]["cpu_us_per_event"]


def p50(row):
    return row["delay_us"]["p50"]


def p99(row):
    return row["delay_us"]["p99"]


def ratio(a, b):
    return a / b if a is not None and b else None


def inside(results, share, key="steady"):
    """A quantile of the daemon's histogram over all rounds, in ms; None if nothing was measured."""
    total = {}
    for row in rows(results, key, OURS):
        for bound, count in row["inside"]:
            total[bound] = total.get(bound, 0) + count
    return quantile(sorted(total.items()), share) * 1000 if total else None


class Targets:
    """Table rows of target, measured value and verdict."""

    def __init__(self):
        self.lines = []
        self.missed = 0
        self.met = 0

    def at_most(self, what, value, limit, unit="", shown="{:.2f}"):
        self.add(what, f"≤ {limit:g}{unit}", value, shown, unit, value is not None and value <= limit)

    def below(self, what, value, limit, unit="", shown="{:.2f}"):
        self.add(what, f"< {limit:g}{unit}", value, shown, unit, value is not None and value < limit)

    def at_least(self, what, value, limit, unit="", shown="{:.2f}"):
        self.add(what, f"≥ {limit:g}{unit}", value, shown, unit, value is not None and value >= limit)

    def above(self, what, value, limit, unit="", shown="{:.1f}"):
        self.add(what, f"> {limit:g}{unit}", value, shown, unit, value is not None and value > limit)

    def add(self, what, target, value, shown, unit, met):
        if value is None:
            self.lines.append(f"| {what} | {target} | – | not measured |")
            return
        self.met += met
        self.missed += not met
        self.lines.append(f"| {what} | {target} | {shown.format(value)}{unit} | {'met' if met else '**not met**'} |")


def share(row):
    return row["cpu_share"] * 100


def number(value, shown="{:,.0f}"):
    return "–" if value is None else shown.format(value)
