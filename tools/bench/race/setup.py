# SPDX-License-Identifier: Apache-2.0
"""Sets up a race: the environment with the rivals, the data sets, and Colonnade's files of them."""

import subprocess
import sys
import venv
from pathlib import Path

from workloads import SETS

RIVALS = Path(__file__).resolve().parent.parent / "rivals"


def say(text):
    print(text, file=sys.stderr, flush=True)


def requirements():
    """Returns the lines of requirements.txt; the packages of one line are installed together."""
    lines = (RIVALS / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def environment(folder, skip, has_rivals):
    """Returns the interpreter of the environment, and {line: reason} for packages that are missing in it. Without rivals it
    needs only NumPy and Pillow, for the data."""
    python = folder / "venv/bin/python"
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
    missing = {}
    for line in requirements() if has_rivals else ["numpy", "pillow"]:
        stamp = folder / "venv" / ("installed-" + line.split()[0])
        if skip or (stamp.exists() and stamp.read_text() == line):
            continue
        say(f"installing {line}")
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *line.split()]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
            reason = done.stdout.strip().splitlines()[-1:] if done.returncode else []
        except subprocess.TimeoutExpired:
            reason = ["not within 15 minutes"]
        if reason:
            missing[line] = reason[0]
            say(f"  could not: {reason[0]}")
        else:
            stamp.write_text(line)
    return python, missing


def package(folder, python):
    """Installs the Python package of Colonnade from the working tree."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import environments

    wheel = environments.build_wheel(environments.pythons())
    stamp = folder / "venv/installed-colonnade"
    if not stamp.exists() or stamp.read_text() != f"{wheel} {wheel.stat().st_mtime}":
        say(f"installing {wheel.name}")
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--force-reinstall", "--no-deps", wheel)
        stamp.write_text(f"{wheel} {wheel.stat().st_mtime}")


def data(folder, python, sets, small):
    """Makes the missing data sets."""
    wanted = [name for name in sets if not is_made(folder / name, name)]
    if wanted:
        say(f"making {', '.join(wanted)}")
        script = Path(__file__).parent / "data.py"
        run(python, script, "--data", folder, *(["--small"] if small else []), *wanted)


def is_made(folder, name):
    """Returns whether a data set is complete; an earlier version made none of the sums by patterns."""
    return (folder / "facts.json").exists() and (not SETS[name].quality or (folder / "patterns.json").exists())


def ours(folder, bin, sets):
    """Makes Colonnade's file of each set, with the command that users run."""
    for name in sets:
        target = folder / name / "data.colonnade"
        if target.exists():
            continue
        say(f"ingesting {name}")
        if name == "ragged":
            parts = {part: folder / name / f"{part}.colonnade" for part in ("values", "ends")}
            for part, path in parts.items():
                run(bin / "colonnade", "ingest", folder / name / f"{part}.npy", "--output", path, "--force")
            words = [word for part, path in parts.items() for word in (f"--{part}", path)]
            run(bin / "ColonnadeBench", "ragged", *words, "--column", "tokens", "--output", target)
            for path in parts.values():
                path.unlink()
        elif name == "table":
            run(bin / "colonnade", "ingest", folder / name / "columns.npz", "--output", target)
            (folder / name / "columns.npz").unlink()
        elif name == "texts":
            run(bin / "colonnade", "ingest", folder / name / "texts.csv", "--output", target)
            (folder / name / "texts.csv").unlink()
        elif SETS[name].quality:
            storage = "encoded,baseline" if SETS[name].is_progressive else "encoded"
            run(bin / "colonnade", "ingest", folder / name / "files", "--image", f"image={storage}", "--output", target)
        else:
            run(bin / "colonnade", "ingest", *sorted((folder / name).glob("*.npy")), "--output", target)


def warm(paths):
    """Reads files and all files in folders, so that their pages are in memory."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                with open(file, "rb", buffering=0) as stream:
                    while stream.read(1 << 24):
                        pass


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"race: {' '.join(map(str, command))}\n{done.stdout}")
