#!/usr/bin/env python3
"""Writes heart_reference.jsonl, the table that the heart signal is tested against, digit for digit.

It follows docs/heart-signal.md with numpy and the standard library and shares nothing with the Swift code.

    python3 heart_reference.py > heart_reference.jsonl

A line is either the settings of a fresh user, or one reading:
    [bpm, finger, rate or "--", origin or reason, statistics or null]   with statistics = [mean, std, min, max, last]
"""
import json
import random
from collections import deque

import numpy as np

STANDARD = dict(enabled=True, alpha=0.3, outlierThreshold=15.0, outlierWindow=7, historyLength=100, minimum=40.0,
                maximum=200.0, startupReadings=10)


class User:
    def __init__(self, settings):
        self.s = settings
        self.history = deque(maxlen=settings["historyLength"])
        self.window = deque(maxlen=settings["outlierWindow"])
        self.last = None
        self.started = 0
        self.fingerless = 0

    def receive(self, bpm, finger):
        if finger:
            if self.fingerless:
                self.started, self.last = 0, None
                self.window.clear()
            self.fingerless = 0
        else:
            self.fingerless += 1
            if self.fingerless > 2:
                return "--", "fingerLifted"
        if bpm <= 0:
            return "--", "notMeasured"
        v = float(bpm)
        if v < self.s["minimum"] or v > self.s["maximum"]:
            return ("--", "outOfRange") if self.last is None else (self.last, "held")
        if not self.s["enabled"]:
            rate, origin = v, "measured"
        else:
            median = float(np.median(self.window)) if len(self.window) == self.s["outlierWindow"] else None
            self.window.append(v)
            if self.started < self.s["startupReadings"] or self.last is None:
                self.started += 1
                rate, origin = v, "measured"
            else:
                origin = "smoothed"
                if median is not None and 0 < self.s["outlierThreshold"] < abs(v - median):
                    v, origin = median, "median"
                rate = self.s["alpha"] * v + (1 - self.s["alpha"]) * self.last
        self.last = rate
        self.history.append(rate)
        return rate, origin

    def statistics(self):
        if not self.history:
            return None
        a = list(self.history)
        return [float(np.mean(a)), float(np.std(a)), float(np.min(a)), float(np.max(a)), a[-1]]


def emit(value):
    print(json.dumps(value, separators=(",", ":")))


def run(readings, **changes):
    settings = dict(STANDARD, **changes)
    user = User(settings)
    emit(settings)
    for bpm, finger in readings:
        rate, origin = user.receive(bpm, finger)
        emit([bpm, finger, rate, origin, user.statistics()])


def walk(rng, count, start=72.0, step=2.0, low=45, high=190, digits=None, spikes=0.0, lifts=0.0, strays=0.0, zeros=0.0):
    """A random walk with spikes, lifted fingers, values out of range and zeros, each with its probability."""
    bpm, lifted = start, 0
    for _ in range(count):
        bpm = min(high, max(low, bpm + rng.uniform(-step, step)))
        sent = bpm
        if rng.random() < spikes:
            sent = bpm + rng.choice([-1, 1]) * rng.uniform(10, 60)
        if rng.random() < strays:
            sent = rng.choice([39.999999, 200.00001, 250, 12, 1e6, 39, 201, 5e-324])
        if rng.random() < zeros:
            sent = rng.choice([0, 0.0, -1, -0.0, -72.5])
        if lifted == 0 and rng.random() < lifts:
            lifted = rng.randint(1, 6)
        finger = lifted == 0
        lifted = max(0, lifted - 1)
        if digits == 0:
            sent = int(sent)
        elif digits is not None:
            sent = round(sent, digits)
        yield sent, finger


def main():
    rng = random.Random(20260913)
    run(walk(rng, 400))
    run(walk(rng, 300, digits=0))
    run(walk(rng, 400, digits=2, spikes=0.1))
    run(walk(rng, 400, digits=0, spikes=0.05, lifts=0.03, strays=0.04, zeros=0.04))
    run(walk(rng, 300, digits=1, lifts=0.1, strays=0.1, zeros=0.1))
    for level in (55, 87, 88, 140, 199):  # changes that stay, from 72
        run([(72, True)] * 20 + [(level, True)] * 30 + [(72, True)] * 10)
    run([(72, True)] * 12 + [(140, True), (72, True)] * 10)  # half of everything is an outlier
    run([(60 + 3.75 * i, True) for i in range(37)])  # the steepest rise that is no outlier
    run([(60 + 3.76 * i, True) for i in range(37)])  # and one just above
    run([(60 + 9 * i, True) for i in range(15)] + [(186 - 9 * i, True) for i in range(15)])
    run([(250, True), (300, True), (70, True), (250, True), (39, True)] + [(70 + i % 5, i % 17 > 3) for i in range(60)])
    run([(70, False)] * 6 + [(70, True)] * 3 + [(0, False)] * 2 + [(71, True)] * 14)
    run([(40, True), (200, True), (39.99999999999999, True), (200.00000000000003, True)] * 8)
    run(walk(rng, 300, spikes=0.1), historyLength=257)
    run(walk(rng, 300, digits=1), historyLength=130, alpha=0.5)
    run(walk(rng, 200, spikes=0.2), outlierWindow=4, outlierThreshold=8.5, startupReadings=2)
    run(walk(rng, 120, spikes=0.2), outlierThreshold=0.0, startupReadings=0)
    run(walk(rng, 120, spikes=0.2, lifts=0.05), startupReadings=0, outlierWindow=5, historyLength=7)
    run(walk(rng, 100, spikes=0.2, strays=0.1, lifts=0.05), enabled=False, historyLength=8)
    run(walk(rng, 100, spikes=0.2), minimum=60.0, maximum=80.0, historyLength=1, alpha=1.0)
    run(walk(rng, 200, spikes=0.3, lifts=0.02, strays=0.05, zeros=0.05), alpha=0.05)


main()
