#!/usr/bin/env python3
"""Writes pressure_reference.jsonl, the table that the statistics of pressure frames are tested against, digit for digit.

It follows docs/pressure.md with numpy and shares nothing with the Swift code, except how the cells are generated.

    python3 pressure_reference.py > pressure_reference.jsonl

Each line is one workout of some frames: {"rows", "columns", "seed", "cells", "ignored", "frames": [[raw, smoothed], ...]},
where raw and smoothed have six numbers for each region: mean_force, max, sum_pressure, mean, std, min.
"""
import json

import numpy as np

REGIONS = [(0, 2, 0, 3), (0, 2, 3, None), (2, 5, 0, 4), (2, 5, 4, 5), (2, 5, 5, 6), (2, 5, 6, 7), (2, 5, 7, None),
           (5, 9, 0, None), (9, None, 0, 4), (9, None, 4, None)]
WEIGHT = 0.05


class Generator:
    """Knuth's MMIX generator; the upper 16 bits are used."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> 48


def cell(kind, number):
    if number % 11 == 0 and kind != "whole":
        return -1.0
    if kind == "whole":
        return float(number % 101)
    if kind == "sixteen_bits":
        return number * 100 / 65535
    if kind == "tenths":
        return (number % 1000) / 10
    return (number - 20000) * 1.0e7 / 3  # wide


def statistics(frame, ignored):
    rows = []
    for top, bottom, left, right in REGIONS:
        values = frame[top:bottom, left:right].flatten()
        if ignored:
            values = values[values != -1]
        if values.size == 0:
            values = np.array([0.0])
        mean = np.mean(values)
        rows.append([float(v) for v in (mean * 2.0, np.max(values), np.sum(values), mean, np.std(values), np.min(values))])
    return rows


def workout(rows, columns, seed, kind, ignored, count):
    generator = Generator(seed)
    smoothed, frames = None, []
    for _ in range(count):
        frame = np.array([[cell(kind, generator.next()) for _ in range(columns)] for _ in range(rows)])
        raw = statistics(frame, ignored)
        if smoothed is None:
            smoothed = raw
        else:
            smoothed = [[WEIGHT * new + (1 - WEIGHT) * old for new, old in zip(*pair)] for pair in zip(raw, smoothed)]
        frames.append([raw, smoothed])
    print(json.dumps({"rows": rows, "columns": columns, "seed": seed, "cells": kind, "ignored": ignored,
                      "frames": frames}, separators=(",", ":")))


seed = 0
for rows, columns, count in [(12, 8, 8), (13, 9, 8), (4, 4, 3), (1, 1, 2), (3, 20, 2), (32, 32, 2), (64, 64, 1),
                             (200, 3, 1)]:
    for kind in ("whole", "sixteen_bits", "tenths", "wide"):
        for ignored in (False, True):
            seed += 1
            workout(rows, columns, seed, kind, ignored, count)
