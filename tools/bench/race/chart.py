# SPDX-License-Identifier: Apache-2.0
"""Draws the results as a chart: SVG, without a library."""

import math
from xml.sax.saxutils import escape

BAR, LABEL, PANEL, GAP = 15, 165, 560, 26  # heights and widths
TITLE = "Throughput relative to a C program with one thread (logarithmic; longer is better)"
# The heat that the README shows.
SUMMARY = ("images784", 256)
LOW, HIGH = -4.0, math.log10(4)  # range of the axis: powers of ten of the ratio to the C program with one thread
COLOURS = {"c": "#8a8f98", "ours": "#0b6e4f", "rival": "#c6913c"}


def colour(key):
    return COLOURS[key.split("-")[0] if key.startswith(("c-", "ours-")) else "rival"]


def position(ratio):
    part = (max(math.log10(ratio), LOW) - LOW) / (HIGH - LOW) if ratio > 0 else 0
    return LABEL + min(part, 1) * (PANEL - LABEL - 60)


def text(x, y, words, size=11, anchor="start", weight="normal", fill="#222"):
    style = f'font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def panel(heat):
    """Returns the SVG elements of one heat, drawn from the point 0, 0 on, and their height."""
    shown = [result for result in heat["results"] if "rows_per_second" in result]
    limits = [result["rows_per_second"] for result in shown if result["contestant"] == "c-1"]
    limit = limits[0] if limits else max((result["rows_per_second"] for result in shown), default=1)
    marks = [text(0, 14, f"{heat['workload']}, batch {heat['batch']}", 13, weight="bold")]
    bottom = 24 + BAR * len(shown)
    for power in range(int(LOW), 1):
        x = position(10.0**power)
        marks.append(f'<line x1="{x:.1f}" y1="20" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
        marks.append(text(x, bottom + 11, f"{10.0**power:g}", 9, "middle", fill="#777"))
    for index, result in enumerate(shown):
        y = 24 + BAR * index
        ratio = result["rows_per_second"] / limit
        end = position(ratio)
        marks.append(text(LABEL - 6, y + 11, result["title"].replace("*", ""), anchor="end"))
        box = f'x="{LABEL}" y="{y + 1}" width="{max(end - LABEL, 1):.1f}" height="{BAR - 3}"'
        marks.append(f'<rect {box} fill="{colour(result["contestant"])}"/>')
        words = f"{ratio:.2f}" if ratio >= 0.095 else f"{ratio:.1g}"
        marks.append(text(end + 4, y + 11, words, 10, fill="#444"))
    return "\n".join(marks), bottom + 14


def summary(heats):
    """Returns the chart of one heat for the README, or an empty chart if that heat did not run."""
    shown = [heat for heat in heats if (heat["workload"], heat["batch"]) == SUMMARY]
    return svg(shown)


def svg(heats):
    """Returns the chart of all heats in two columns; each heat goes to the shorter column."""
    heights, groups = [50, 50], []
    for heat in heats:
        if not any("rows_per_second" in result for result in heat["results"]):
            continue
        column = 0 if heights[0] <= heights[1] else 1
        marks, height = panel(heat)
        groups.append(f'<g transform="translate({20 + column * (PANEL + 20)},{heights[column]})">\n{marks}\n</g>')
        heights[column] += height + GAP
    columns = min(len(groups), 2)
    width, height = columns * (PANEL + 20) + 20, max(heights)
    title = text(20, 26, TITLE, 13 if columns < 2 else 16, weight="bold")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">'
    back = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join(["<!-- SPDX-License-Identifier: Apache-2.0 -->", head, back, title, *groups, "</svg>"]) + "\n"
