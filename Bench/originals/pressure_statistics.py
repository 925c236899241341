"""The statistics of a pressure frame with numpy, and their smoothing; shared by the two Socket.IO servers."""

import numpy

REGIONS = {
    "Toe1": (slice(0, 2), slice(0, 3)), "Toe2345": (slice(0, 2), slice(3, None)), "M1": (slice(2, 5), slice(0, 4)),
    "M2": (slice(2, 5), slice(4, 5)), "M3": (slice(2, 5), slice(5, 6)), "M4": (slice(2, 5), slice(6, 7)),
    "M5": (slice(2, 5), slice(7, None)), "Mid Foot": (slice(5, 9), slice(None)), "Med Heel": (slice(9, None), slice(0, 4)),
    "Lat Heel": (slice(9, None), slice(4, None)),
}
NEW_SHARE = 0.05


def statistics(matrix):
    cells = numpy.array(matrix, dtype=float)
    found = {}
    for name, region in REGIONS.items():
        part = cells[region]
        part = part if part.size else numpy.zeros(1)
        mean = float(part.mean())
        found[name] = {
            "mean_force": mean * 2.0, "max": float(part.max()), "sum_pressure": float(part.sum()), "mean": mean,
            "std": float(part.std()), "min": float(part.min()),
        }
    return found


class Session:
    def __init__(self):
        self.count = 0
        self.smoothed = None

    def process(self, message):
        """Returns the `frame_processed` of a `pressure_frame`."""
        raw = statistics(message["matrix"])
        self.count += 1
        if self.smoothed is None:
            self.smoothed = raw
        else:
            self.smoothed = {
                region: {name: NEW_SHARE * value + (1 - NEW_SHARE) * self.smoothed[region][name]
                         for name, value in values.items()} for region, values in raw.items()}
        return {"stats": self.smoothed, "raw_stats": raw, "frame_count": self.count, "timestamp": message.get("timestamp")}
