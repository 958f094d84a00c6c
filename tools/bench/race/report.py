# SPDX-License-Identifier: Apache-2.0
"""Derives the results from the rounds, and writes the table in Markdown."""

import statistics

INTRODUCTION = """\
# The race: Colonnade, a C program and other libraries

`./tools/dev race --write` makes this page; do not edit it. All contestants of a workload run as separate processes in one
run and take turns: {repeats} rounds after a warm-up, each of one epoch, or of as many epochs as last 0.2 s. A contestant that
waits for its turn is stopped. All contestants make the same batches, and the race checks that: the elements of each key must
sum to the value that NumPy computed when the data was made. Files are in the page cache, except in `cold`.

- **C** is a plain C program that knows the row numbers before the clock starts, writes into a small ring of batches, and does
  nothing else (`tools/bench/read_limit.c`). It maps the file that Colonnade maps, so that both read the same bytes in the same
  state of the page cache. In the warm-up it tries how rows are requested and copied (whole or line by line, into either cache,
  with requests for the output, with stores that bypass the caches), 2 … 64 rows ahead, rings of 2 … 8 batches, and each
  instruction set that `COLONNADE_CPU` permits. The three fastest combinations run in every round, and the fastest one counts.
- **C with the order** also computes the row numbers while the clock runs, by the published function of
  [row-order-1.md](../formats/row-order-1.md), as every program must that shuffles without a table.
- **C with delivery in order**: one of its two threads also receives every batch, in order, and reads a word of it. It makes
  batches while the next one is not ready, as Colonnade's consumer does. A thread writes over a batch only after its receipt.
- For pictures, **C** is another program (`tools/bench/picture_limit.c`): it decodes only the rows and columns that a crop needs
  with libjpeg-turbo, and changes their size by AVX2 with weights of 7 or 14 bits, so that elements may differ by 1 from those of
  Colonnade. **C with a scalar resize** lacks AVX2 there, and the margin that makes the pixels at edges correct. Random crops are
  not equal: the mean of all elements is checked, and the labels. C has no entry points: it decodes the Huffman codes of all rows
  above a crop, and in `w5p` it reads the progressive files.
- **Colonnade** with 1 thread prefetches nothing. With 2 threads it is `prefetched(depth: 8, threads: 1)`, and the consumer
  helps. The order of the rows is computed while the clock runs.
- **Other libraries** run in the two configurations that were fastest in the warm-up, for {seconds} s a round, counted from
  their first batch on; for Colonnade in Python, the time until the first batch counts too. The faster one counts, and the
  last column names it. Making their order is not counted.

How to read the tables: *rows/s* is the median of the rounds, and *spread* the slowest and the fastest round; higher is better.
*÷ C* is the throughput divided by that of the C program with as many threads (for other libraries and Python, by the faster one
of C): above 1 is faster than C. *÷ Colonnade* is the throughput divided by Colonnade's faster line: below 1 is slower than
Colonnade. Both are medians of the ratios within a round. Pages of 2 MB need far fewer entries of the processor's page table
cache; the remarks give the part of the mapped file that has them.
"""


def median_text(value):
    for factor, unit in ((1e6, " M"), (1e3, " k")):
        if value >= factor:
            return f"{value / factor:.3g}{unit}"
    return f"{value:.3g}"


def ratios(rounds, others):
    """Returns the ratios of two entries, for rounds that both ran."""
    return [a / b for a, b in zip(rounds, others) if b]


def faster(entries, keys):
    """Returns the rounds of the fastest of the entries."""
    rounds = [entry.rounds for entry in entries if entry.contestant.key in keys and entry.rounds and not entry.problem]
    return max(rounds, key=statistics.median, default=[])


def results(heat):
    """Returns a dictionary for each entry, with the values for the table, the chart and the JSON."""
    for entry in heat.entries:
        one = entry.contestant
        c = faster(heat.entries, {f"c-{one.threads}"} if one.threads else {"c-1", "c-2"})
        ours = faster(heat.entries, {"ours-1", "ours-2"}) if one.is_rival else []
        result = {
            "workload": heat.workload.name, "batch": heat.batch, "contestant": one.key, "title": one.title,
            "versions": entry.versions, "remarks": list(entry.remarks), "configuration": entry.best,
            "problem": entry.problem, "rounds": entry.rounds,
        }  # fmt: skip
        if entry.rounds and not entry.problem:
            result["rows_per_second"] = statistics.median(entry.rounds)
            result["low"], result["high"] = min(entry.rounds), max(entry.rounds)
            if c and one.key not in ("c-1", "c-2"):
                result["of_c"] = statistics.median(ratios(entry.rounds, c))
                result["of_c_low"] = min(ratios(entry.rounds, c))
                result["of_c_high"] = max(ratios(entry.rounds, c))
                if result["of_c_low"] > 1 and not one.is_limit:
                    result["remarks"].append("exceeds the limit in every round")
            delivering = faster(heat.entries, {"c-delivery-2"}) if one.key == "ours-2" else []
            if delivering:
                ratio = ratio_text(statistics.median(ratios(entry.rounds, delivering)))
                result["remarks"].append(f"{ratio} of C with delivery in order")
            scalar = faster(heat.entries, {"c-scalar-1"}) if one.key == "ours-1" else []
            if scalar:
                ratio = ratio_text(statistics.median(ratios(entry.rounds, scalar)))
                result["remarks"].append(f"{ratio} of C with a scalar resize")
            if ours:
                result["of_ours"] = statistics.median(ratios(entry.rounds, ours))
        yield result


def ratio_text(value):
    if value is None:
        return ""
    return f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"


def line(result):
    remarks = ([result["configuration"]] if result["configuration"] else []) + result["remarks"]
    if result["problem"]:
        problem = result["problem"].replace("|", "/").replace("\n", " ")
        return f"| {result['title']} | – | | | | {problem} |"
    spread = f"{median_text(result['low'])} … {median_text(result['high'])}"
    cells = [
        result["title"], median_text(result["rows_per_second"]), spread, ratio_text(result.get("of_c")),
        ratio_text(result.get("of_ours")), "; ".join(remarks),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def markdown(facts, heats, missing, chart_name):
    lines = [INTRODUCTION.format(repeats=facts["repeats"], seconds=facts["seconds"]), facts_text(facts)]
    if facts["small"]:
        lines.append("**A trial run with a small part of the data: the figures mean nothing.**\n")
    for requirement, reason in missing.items():
        lines.append(f"Not installed: `{requirement}`: {reason}\n")
    lines.append(f"![Throughput of all contestants, relative to the C program]({chart_name})\n")
    for heat in heats:
        rows = f"{heat['rows']:,} rows"
        lines.append(f"## {heat['workload']}, batch {heat['batch']}\n\n{heat['text']}; {rows}.{heat['remark']}\n")
        lines.append("| | rows/s | spread | ÷ C | ÷ Colonnade | remarks |\n|---|--:|--:|--:|--:|---|")
        lines[-1] += "".join("\n" + line(result) for result in heat["results"]) + "\n"
    return "\n".join(lines)


def facts_text(facts):
    versions = ", ".join(f"{name} {version}" for name, version in sorted(facts["versions"].items()))
    memory = f"{facts['memory_bytes'] / 2**30:.0f} GiB"
    machine = f"{facts['processor']}, {facts['cores']} cores, {memory}; {facts['system']}"
    return f"Machine: {machine}. Date: {facts['date']}. Versions: {versions}. Took {facts['minutes']:.0f} minutes.\n"
