"""Compares the suite's verdicts with the known differences.

    judge.py known-differences.txt index.json...
"""

import collections
import json
import sys

FINE = ("OK", "INFORMATIONAL")


def known_differences(path):
    known = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                case, reason = line.strip().split(None, 1)
                known[case] = reason
    return known


def main(differences, *indexes):
    cases = {}
    for index in indexes:
        with open(index, encoding="utf-8") as file:
            for verdicts in json.load(file).values():
                cases.update(verdicts)
    known = known_differences(differences)
    counts = collections.Counter(case["behavior"] for case in cases.values())
    print(f"{len(cases)} cases: " + ", ".join(f"{count} {name.lower()}" for name, count in counts.most_common()))
    problems = 0
    for name in sorted(cases, key=lambda name: [int(part) for part in name.split(".")]):
        behavior, close = cases[name]["behavior"], cases[name]["behaviorClose"]
        if behavior in FINE and close in FINE:
            if name in known:
                print(f"  {name} passes: remove it from {differences}")
                problems += 1
        elif behavior == "NON-STRICT" and close in FINE and name in known:
            print(f"  {name} non-strict: {known[name]}")
        else:
            print(f"  {name} {behavior}, closing handshake {close}: not a known difference")
            problems += 1
    return 1 if problems or not cases else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
