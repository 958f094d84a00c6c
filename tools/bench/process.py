# SPDX-License-Identifier: Apache-2.0
"""The process of a contestant: it reads lines and answers with lines of JSON."""

import json
import os
import select
import signal
import subprocess


class Failed(Exception):
    """A contestant reported a failure, or ended."""


class Silent(Failed):
    """A contestant hangs, and would hang again."""


class Process:
    """A process that is stopped between requests, so that its threads do not work during the rounds of others."""

    def __init__(self, command, log, group=None):
        environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
        environment.update(HF_HUB_OFFLINE="1", PYTHONWARNINGS="ignore", PYTHONDONTWRITEBYTECODE="1")
        self.log = log
        self.pending = b""
        with open(log, "w") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env=environment, preexec_fn=group.enter if group else None, start_new_session=True,
            )  # fmt: skip

    def answer(self, seconds):
        output = self.process.stdout.fileno()
        while b"\n" not in self.pending:
            if not select.select([output], [], [], seconds)[0]:
                raise Silent(f"no answer within {seconds} s")
            data = os.read(output, 1 << 16)
            if not data:
                lines = self.log.read_text(errors="replace").strip().splitlines()
                code = self.process.wait()  # -9: killed, possibly by the system because of its memory
                raise Failed(f"ended with {code}: {lines[-1][:200] if lines else 'without a word'}")
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        answer = json.loads(line)
        for problem in ("unsupported", "error"):
            if problem in answer:
                raise Failed(answer[problem])
        return answer

    def ask(self, line, seconds=60):
        self.signal(signal.SIGCONT)
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer has the reason
        answer = self.answer(seconds)
        self.stop()
        return answer

    def stop(self):
        """Stops the process until the next request."""
        self.signal(signal.SIGSTOP)

    def signal(self, number):
        """Sends a signal to the process and to all processes that it has started."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def epoch(self, *words):
        """Runs one epoch; returns {variant: (seconds, rows, batches)}."""
        answer = self.ask(" ".join(["epoch", *map(str, words)]).strip())
        variants = answer.get("variants", {"": answer})
        return {name: (one["seconds"], one["rows"], one["batches"]) for name, one in variants.items()}

    def pages(self, folder):
        """Returns the share of the mapped and resident bytes of the files in a folder that are mapped in large pages; None if
        nothing is mapped, or the system does not say."""
        try:
            with open(f"/proc/{self.process.pid}/smaps") as text:
                lines = text.read().splitlines()
        except OSError:
            return None
        resident = large = 0
        is_file = False
        for line in lines:
            words = line.split()
            if not words[0].endswith(":"):
                is_file = line.partition("/")[1] != "" and f"/{line.partition('/')[2]}".startswith(f"{folder}/")
            elif is_file and words[0] == "Rss:":
                resident += int(words[1])
            elif is_file and words[0] == "FilePmdMapped:":
                large += int(words[1])
        return large / resident if resident else None

    def end(self):
        """Asks the process to end, then kills it and all processes that it has started."""
        self.signal(signal.SIGCONT)
        try:
            self.process.stdin.write(b"quit\n")
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            pass
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
