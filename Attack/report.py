"""Renders the results as docs/security-tests.md."""

import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))
import machine  # noqa: E402

P99_MS, RSS_MIB, SETTLED, WATCHDOG_S, READINGS_LOST = 10, 128, 1.3, 1.5, 0.1
MIB = 1 << 20
COLUMNS = (
    "attack", "rate reached", "`/ws/live` p50 / p99 / max, ms", "6789 p50 / p99 / max, ms", "`/health` p50 / p99 / max, ms",
    "events; readings lost", "RSS idle / peak / 30 s later, MiB", "longest gap of the watchdog; slowest iteration", "CPU",
    "verdict")


def lost_events(result):
    """What the range sent and the client of the live socket did not receive."""
    from trial import EXPECTED
    events = result["honest"]["events"]
    return sum(max(0, wanted - events.get(name, 0)) for name, wanted in EXPECTED.items())


def idle_bytes(result):
    """The memory after the same honest load without an attack; before that is known, the memory at the beginning."""
    return result.get("calm_bytes") or result["idle_bytes"]


def lost_readings(result):
    honest = result["honest"]
    return 1 - min(honest["heart_received"], honest["live_received"]) / max(1, honest["readings"])


def problems(result):
    """Every target that is missed, in words."""
    found = list(result["problems"])
    if "honest" not in result:
        return found or ["not measured"]
    honest = result["honest"]
    for name, shown in (("live", "/ws/live"), ("heart", "6789")):
        if f"{name}_closed_s" in honest:
            found.append(f"{shown}: the honest client was disconnected")
        elif honest[name]["p99_ms"] > P99_MS:
            found.append(f"{shown}: p99 {honest[name]['p99_ms']:.0f} ms")
    if lost := lost_events(result):
        found.append(f"{lost} events lost")
    allowed = READINGS_LOST if result["floods_datagrams"] else 0
    if (share := lost_readings(result)) > allowed:
        found.append(f"{share * 100:.1f} % of the readings lost")
    if result.get("died"):
        return found
    if result["peak_bytes"] > RSS_MIB * MIB:
        found.append(f"{result['peak_bytes'] / MIB:.0f} MiB")
    if "settled_bytes" in result and result["settled_bytes"] > SETTLED * idle_bytes(result):
        found.append(f"{result['settled_bytes'] / idle_bytes(result):.2f} × idle after 30 s")
    if result["watchdog_gap_s"] > WATCHDOG_S:
        found.append(f"watchdog silent for {result['watchdog_gap_s']:.1f} s")
    return found


def rate(result):
    """What the attackers reached, in words."""
    words = []
    streams = [one for one in result.get("attackers", []) if one.get("tool") == "streamflood"]
    if streams:
        seconds = max(one["seconds"] for one in streams)
        total = {name: sum(one[name] for one in streams) for name in ("opened", "most_open", "sent", "received", "refused")}
        statuses = {code: sum(one["status"][code] for one in streams) for code in "12345"}
        words.append(f"{total['opened']:,} connections ({total['most_open']:,} at once)")
        if total["refused"]:
            words.append(f"{total['refused']:,} refused")
        if total["sent"]:
            words.append(f"{amount(total['sent'] / seconds)}/s out, {amount(total['received'] / seconds)}/s back")
        answers = [f"{count:,} × {code}xx" for code, count in statuses.items() if count and code != "1"]
        words += [", ".join(answers)] if answers else []
    for one in result.get("attackers", []):
        if one.get("tool") == "udpflood":
            words.append(f"{one['per_second']:,.0f} datagrams/s")
        if one.get("tool") == "serialflood":
            words.append(f"{amount(one['per_second'])}/s")
    return "; ".join(words) or "–"


def amount(count):
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"


def delays(result, name):
    honest = result["honest"][name]
    return f"{honest['p50_ms']:.2f} / {honest['p99_ms']:.2f} / {honest['max_ms']:.1f}"


def memory(result):
    if "peak_bytes" not in result:
        return "–"
    settled = f"{result['settled_bytes'] / MIB:.1f}" if "settled_bytes" in result else "–"
    return f"{idle_bytes(result) / MIB:.1f} / {result['peak_bytes'] / MIB:.1f} / {settled}"


def slowest(result):
    bound = result.get("slowest_iteration_s", 0) * 1e3
    return f"{bound:g}" if bound < 1e9 else "∞"


def summary(result):
    if "honest" not in result:
        return "; ".join(problems(result))
    return (f"{rate(result)} | live {delays(result, 'live')} ms, 6789 {delays(result, 'heart')} ms, "
            f"health {delays(result, 'health')} ms, {lost_events(result)} events and {lost_readings(result) * 100:.1f} % lost, "
            f"RSS {memory(result)} MiB, watchdog {result.get('watchdog_gap_s', 0):.2f} s, iteration ≤ "
            f"{slowest(result)} ms, CPU {result.get('processor', 0) * 100:.0f} %"
            + "".join(f"\n    NOT MET: {problem}" for problem in problems(result)))


def row(result):
    found = problems(result)
    verdict = "met" if not found else "**not met**: " + "; ".join(found)
    if "honest" not in result:
        return f"| {result['title']} | – | – | – | – | – | – | – | – | {verdict} |"
    return (f"| {result['title']} | {rate(result)} | {delays(result, 'live')} | {delays(result, 'heart')} | "
            f"{delays(result, 'health')} | {lost_events(result)}; {lost_readings(result) * 100:.1f} % | {memory(result)} | "
            f"{result.get('watchdog_gap_s', 0):.2f} s; ≤ {slowest(result)} ms | "
            f"{result.get('processor', 0) * 100:.0f} % | {verdict} |")


def page(results):
    trials = results["trials"]
    for result in trials:
        result["calm_bytes"] = trials[0].get("settled_bytes")
    missed = [result for result in trials if problems(result)]
    verdict = f"{len(trials) - len(missed)} of {len(trials)} attacks met every target, {len(missed)} did not."
    lines = [
        "# Security tests", "",
        "Generated by `make attack`; do not edit. [Attack/README.md](../Attack/README.md) describes the attacks, the honest "
        "load and how to read the columns.", "",
        f"Measured on {time.strftime('%Y-%m-%d')} at commit `{machine.commit()}`: {results['seconds']} s for each attack, the "
        f"gateway limited to 256 MiB by {results['limit']}.", "",
        "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.description()), "",
        "## Targets", "",
        f"While an attack runs: p99 of honest clients ≤ {P99_MS} ms on `/ws/live` and on port 6789; no timer, impact or run "
        f"event lost, and no reading, or ≤ {READINGS_LOST * 100:.0f} % of the readings while a flood of datagrams competes with "
        f"them; resident memory ≤ {RSS_MIB} MiB, and ≤ {SETTLED} × idle 30 s after its end; the watchdog is fed every second "
        f"(no gap above {WATCHDOG_S} s).", "",
        verdict, "", "## Results", "",
        f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|",
        *(row(result) for result in trials), "", "## Counters that moved", "",
    ]
    for result in trials:
        if moved := result.get("moved"):
            shown = ", ".join(f"`{name}` {change:,.0f}" for name, change in sorted(moved.items()))
            lines.append(f"- {result['title']}: {shown}")
    return "\n".join(lines) + "\n", verdict
