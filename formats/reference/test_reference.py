#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the reference implementation: `python3 formats/reference/test_reference.py`."""

import base64
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent
FORMATS = REFERENCE.parent
sys.path.insert(0, str(REFERENCE))

import block_order_reference  # noqa: E402
import many_files  # noqa: E402
import row_order_reference  # noqa: E402
from colonnade_format import lz4, zstd  # noqa: E402
from colonnade_format.contents import dump, from_json, to_json  # noqa: E402
from colonnade_format.layout import FormatError, Tensor, bfloat16_bits, checksum  # noqa: E402
from colonnade_format.manifest import Manifest, open_version  # noqa: E402
from colonnade_format.reader import Dataset  # noqa: E402
from colonnade_format.writer import append, build, write  # noqa: E402
from vectors import FRAME  # noqa: E402

VECTORS = sorted((FORMATS / "vectors").glob("*.colonnade"))
SMALL = ["scalar-one-row", "ragged-rank-3", "appended-once", "compressed-fixed"]


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    script = REFERENCE / "colonnade_reference.py"
    return subprocess.run([sys.executable, script, *map(str, arguments)], capture_output=True, text=True)


def refusal(file: bytes) -> tuple[str, int] | None:
    """Returns the moment and the rule of a refusal."""
    when = "open"
    try:
        dataset = Dataset(file)
        when = "read"
        for column in dataset.columns:
            dataset.column(column.name)
        when = "verify"
        dataset.verify()
    except FormatError as error:
        return when, error.rule
    return None


class Vectors(unittest.TestCase):
    def test_there_are_vectors(self) -> None:
        self.assertGreaterEqual(len(VECTORS), 14)

    def test_each_vector_reads_to_its_json(self) -> None:
        for path in VECTORS:
            with self.subTest(path.stem):
                text = path.with_suffix(".json").read_text("utf-8")
                content = to_json(Dataset.open(path))
                found = refusal(path.read_bytes())
                if found is not None:
                    content["verify"] = f"R{found[1]}"
                    self.assertEqual(found[0], "verify")
                self.assertEqual(dump(content), text)
                json.loads(text)

    def test_vectors_and_invalid_files_are_as_they_are_made(self) -> None:
        result = subprocess.run([REFERENCE / "make-vectors", "--check"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_the_worked_example_in_the_text_is_the_file(self) -> None:
        text = (FORMATS / "colonnade-1.md").read_text("utf-8")
        section = text[text.index("## 9. ") : text.index("## 10. ")]
        found = bytearray()
        for line in section.splitlines():
            cells = line.split("|")
            if len(cells) > 3 and cells[1].strip().isdigit():
                self.assertEqual(int(cells[1]), len(found), line)
                content = cells[2].strip().strip("`")
                count, _, byte = content.partition(" × ")
                found += bytes.fromhex(byte) * int(count) if byte else bytes.fromhex(content)
        self.assertEqual(found, (FORMATS / "vectors/scalar-one-row.colonnade").read_bytes())


class InvalidFiles(unittest.TestCase):
    def test_each_is_refused_for_its_rule_in_time(self) -> None:
        stages = ["open", "read", "verify"]
        expected = json.loads((FORMATS / "invalid/expected.json").read_text("utf-8"))
        self.assertEqual(sorted(expected), sorted(path.name for path in (FORMATS / "invalid").glob("*.colonnade")))
        for name, entry in expected.items():
            with self.subTest(name):
                found = refusal((FORMATS / "invalid" / name).read_bytes())
                self.assertIsNotNone(found)
                assert found is not None
                self.assertEqual(found[1], entry["rule"])
                self.assertLessEqual(stages.index(found[0]), stages.index(entry["when"]))

    def test_every_rule_is_broken_by_a_file(self) -> None:
        expected = json.loads((FORMATS / "invalid/expected.json").read_text("utf-8"))
        self.assertEqual({entry["rule"] for entry in expected.values()}, set(range(1, 39)))

    def test_a_row_can_be_read_beside_one_that_breaks_a_rule(self) -> None:
        dataset = Dataset.open(FORMATS / "invalid/r27-end-huge.colonnade")
        with self.assertRaises(FormatError):
            dataset.value("r", 0)
        self.assertEqual(dataset.value("r", 2), Tensor((3,), [0, 0, 0]))

    def test_a_file_cut_at_any_byte_is_refused(self) -> None:
        for name in SMALL:
            file = (FORMATS / f"vectors/{name}.colonnade").read_bytes()
            for length in range(len(file)):
                found = refusal(file[:length])
                self.assertEqual(found, ("open", 1 if length < 128 else 6), f"{name} cut at {length}")

    def test_each_changed_byte_is_reported(self) -> None:
        for name in SMALL:
            file = (FORMATS / f"vectors/{name}.colonnade").read_bytes()
            for at in range(len(file)):
                for change in [0x01, 0x80, 0xFF]:
                    changed = file[:at] + bytes([file[at] ^ change]) + file[at + 1 :]
                    with self.assertRaises(FormatError, msg=f"{name} at {at}"):
                        Dataset(changed).verify()


class ManyFiles(unittest.TestCase):
    def test_each_version_reads_to_its_json(self) -> None:
        folders = sorted(path for path in (FORMATS / "vectors/many-files").iterdir() if path.is_dir())
        self.assertEqual([path.name for path in folders], sorted(name for name, *_ in many_files.DATASETS))
        for path in folders:
            self.assertEqual(dump(many_files.description(str(path))), path.with_suffix(".json").read_text("utf-8"))

    def test_each_invalid_manifest_is_refused_for_its_rule(self) -> None:
        expected = json.loads((FORMATS / "invalid/manifests/expected.json").read_text("utf-8"))
        self.assertEqual({entry["rule"] for entry in expected.values()}, {*range(101, 112), 115})
        for name, entry in expected.items():
            found = many_files.refusal((FORMATS / "invalid/manifests" / name).read_bytes())
            self.assertIn(found, [entry["rule"], *entry.get("also", [])], name)

    def test_a_manifest_that_is_cut_or_changed_at_any_byte_is_refused(self) -> None:
        file = many_files.good()
        for at in range(len(file)):
            changed = file[:at] + bytes([file[at] ^ 0x41]) + file[at + 1 :]
            for broken in (file[:at], changed):
                with self.assertRaises(FormatError, msg=str(at)):
                    Manifest(broken)

    def test_a_single_file_is_no_manifest_and_a_manifest_no_file_of_its_own(self) -> None:
        with self.assertRaisesRegex(FormatError, "R10"):
            Dataset(many_files.good())
        with self.assertRaisesRegex(FormatError, "M1"):
            Manifest((FORMATS / "vectors/empty.colonnade").read_bytes())

    def test_changed_folders_are_refused(self) -> None:
        def data(folder: Path) -> Path:
            return folder / many_files.file_name(many_files.number(99))

        def rename(folder: Path) -> None:
            (folder / many_files.manifest_name(1)).rename(folder / many_files.manifest_name(3))

        other = many_files.file_name(many_files.number(100))
        rows = many_files.rows(50, 1)
        for rule, change in [
                (0, lambda folder: None), (112, rename), (113, lambda folder: data(folder).unlink()),
                (113, lambda folder: data(folder).write_bytes((folder / other).read_bytes())),
                (113, lambda folder: append(data(folder), rows))]:
            self.assertEqual(many_files.dataset_is_refused(change), rule)

    def test_old_versions_keep_columns_that_changed(self) -> None:
        folder = FORMATS / "vectors/many-files/columns"
        names = [[column.name for column in open_version(folder, version).columns] for version in (1, 2, 3)]
        self.assertEqual(names, [["x", "label", "text", "v"], ["x", "label", "text", "v", "w"], ["a", "label", "text", "w"]])
        self.assertEqual(open_version(folder, 1).values(folder, "text"), many_files.rows(0, 5)["text"])
        self.assertEqual(open_version(folder, 2).values(folder, "text"), many_files.extra(0, 5)["text"])

    def test_an_old_version_stays_readable(self) -> None:
        folder = FORMATS / "vectors/many-files/appended"
        self.assertEqual(open_version(folder, 1).total, 3)
        self.assertEqual(open_version(folder, 1).open_file(folder, 0).column("x"), [-250, -150, -50])


class Writing(unittest.TestCase):
    def test_json_of_a_vector_makes_the_vector_again(self) -> None:
        for path in VECTORS:
            content = json.loads(path.with_suffix(".json").read_text("utf-8"))
            # a file of one run whose contents JSON describes completely
            if len(content["layout"]["runs"]) > 1 or path.stem in (
                    "appended-nothing", "appended-to-empty", "free-layout", "unknown-attribute", "unknown-feature",
                    "unknown-minor-version", "interrupted-before-commit", "interrupted-commit", "compressed-large-blocks",
                    "compressed-zstd-entropy"):
                continue
            with self.subTest(path.stem):
                columns, data, options = from_json(content)
                again = Dataset(build(columns, data, **options))
                again.verify()
                self.assertEqual(dump(to_json(again)), dump(content))
                self.assertEqual(len(again.data), path.stat().st_size)

    def test_appending_keeps_the_old_contents_until_its_commit(self) -> None:
        columns, data, _ = from_json(json.loads((FORMATS / "vectors/strings.json").read_text("utf-8")))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.colonnade"
            write(path, columns, data)
            before = path.read_bytes()
            append(path, {"text": ["more", "ü"]})
            after = path.read_bytes()
        self.assertEqual(Dataset(after).column("text"), data["text"] + ["more", "ü"])
        self.assertIsNone(refusal(after))
        # written blocks in any order, without the commit, are the old data set
        old = after[:96] + before[96:128] + after[128:]
        self.assertEqual(Dataset(old).column("text"), data["text"])
        self.assertIsNone(refusal(old))
        # a partly written commit is the old or the new data set
        for length in range(33):
            torn = after[: 96 + length] + before[96 + length : 128] + after[128:]
            self.assertIn(Dataset(torn).rows, (7, 9))

    def test_appending_cuts_off_the_rest_of_an_interrupted_append(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.colonnade"
            path.write_bytes((FORMATS / "vectors/interrupted-commit.colonnade").read_bytes())
            append(path, {"x": [9], "text": ["nine"]})
            dataset = Dataset.open(path)
            dataset.verify()
            self.assertEqual(dataset.end, path.stat().st_size)
        self.assertEqual(dataset.column("x"), [1, 2, 9])

    def test_appending_refuses_what_it_would_not_keep_up(self) -> None:
        for name in ["unknown-attribute", "unknown-feature", "unknown-minor-version"]:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "a.colonnade"
                path.write_bytes((FORMATS / f"vectors/{name}.colonnade").read_bytes())
                with self.assertRaises(ValueError):
                    append(path, {"x": [1]})

    def test_bfloat16_rounds_to_even(self) -> None:
        for value, bits in [(1.0, 0x3F80), (1 + 2.0**-8, 0x3F80), (1 + 3 * 2.0**-8, 0x3F82), (-0.0, 0x8000)]:
            self.assertEqual(bfloat16_bits(value), bits)

    def test_the_checksum_is_that_of_the_text(self) -> None:
        self.assertEqual(checksum(b"123456789"), 0xE3069283)


class Codecs(unittest.TestCase):
    def test_blocks_of_all_small_sizes_come_back(self) -> None:
        text = (FORMATS / "colonnade-1.md").read_bytes()
        for length in [*range(1, 80), 255, 256, 257, 4096]:
            for block in (text[:length], bytes(length), (b"ab" * length)[:length]):
                self.assertEqual(zstd.decode(zstd.encode(block), length), block)
                self.assertEqual(lz4.decode(lz4.encode(block), length), block)

    def test_damaged_blocks_give_an_error_or_a_block_of_the_length(self) -> None:
        block = (FORMATS / "colonnade-1.md").read_bytes()[:300]
        library = base64.b64decode(FRAME)
        for codec, error, form, length in [(zstd, zstd.ZstdError, zstd.encode(block), 300), (lz4, lz4.Lz4Error, lz4.encode(block), 300),
                                           (zstd, zstd.ZstdError, library, 1390)]:
            for at in range(len(form)):
                for damaged in (form[:at], form[:at] + bytes([form[at] ^ 1 << at % 8]) + form[at + 1 :]):
                    try:
                        self.assertEqual(len(codec.decode(damaged, length)), length)
                    except error:
                        pass


class CommandLine(unittest.TestCase):
    def test_read_write_append_verify(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path, source = Path(folder) / "a.colonnade", FORMATS / "vectors/segments.json"
            self.assertEqual(command("write", source, path).returncode, 0)
            self.assertEqual(path.read_bytes(), source.with_suffix(".colonnade").read_bytes())
            self.assertEqual(command("read", path).stdout, source.read_text("utf-8"))
            self.assertEqual(command("append", source, path).returncode, 0)
            self.assertEqual(command("verify", path).returncode, 0)
            rows = json.loads(source.read_text("utf-8"))["data"]["id"]
            self.assertEqual(json.loads(command("read", path).stdout)["data"]["id"], rows + rows)

    def test_exit_status(self) -> None:
        refused = command("verify", FORMATS / "invalid/r29-block-changed.colonnade")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("R29", refused.stderr)
        self.assertEqual(command("verify", FORMATS / "vectors/nothing-here").returncode, 66)
        self.assertEqual(command("verify").returncode, 64)


class RowOrder(unittest.TestCase):
    def test_each_row_once(self) -> None:
        for n in [*range(1, 301), *range(999, 1_030), 4_096, 4_097, 65_536, 65_537]:
            self.assertEqual(sorted(row_order_reference.RowOrder(n, 3, n).rows()), list(range(n)))

    def test_the_inverse(self) -> None:
        for n in [1, 999, 1_000, 1_025, 65_537, 2**32 + 1, 2**63]:
            order = row_order_reference.RowOrder(5, 6, n)
            for position in [0, n // 3, n // 2, n - 1]:
                self.assertEqual(order.position(order.row(position)), position)

    def test_vectors_are_as_they_are_made(self) -> None:
        text = (FORMATS / "vectors/row-order-1.json").read_text("utf-8")
        self.assertEqual(text, row_order_reference.vectors_text())


class BlockOrder(unittest.TestCase):
    def test_each_row_once_and_the_inverse(self) -> None:
        for n in [*range(1, 40), 97, 128, 251]:
            for size in (1, 2, 3, 7, 16):
                for open_blocks, lanes in [(1, 1), (2, 1), (2, 2), (3, 3), (8, 4), (12, 3)]:
                    order = block_order_reference.BlockOrder(n, size, n, size, open_blocks, lanes)
                    rows = order.all_rows()
                    self.assertEqual(sorted(rows), list(range(n)))
                    self.assertEqual([order.position(row) for row in rows], list(range(n)))

    def test_the_inverse_of_large_orders(self) -> None:
        for vector in json.loads(block_order_reference.vectors_text()):
            order = block_order_reference.BlockOrder(*list(vector.values())[:6])
            for position, row in [*enumerate(vector["first"]), *vector["later"]]:
                self.assertEqual(order.position(row), position)

    def test_a_complete_round_has_a_row_of_each_slot(self) -> None:
        order = block_order_reference.BlockOrder(1, 2, 5_000, 10, 40, 8)
        for start in range(0, 5_000 - 40, 40):
            # Two slots may be in one block, at an end of theirs.
            self.assertGreaterEqual(len({order.row(start + x) // 10 for x in range(40)}), 38)

    def test_rows_that_the_open_blocks_hold_are_in_order_1(self) -> None:
        few = block_order_reference.BlockOrder(5, 6, 120, 4, 30, 1)
        self.assertEqual(few.all_rows(), row_order_reference.RowOrder(5, 6, 120).rows())

    def test_wrong_arguments(self) -> None:
        for size, open_blocks, lanes in [(0, 1, 1), (2**31 + 1, 1, 1), (1, 0, 1), (1, 2**20 + 1, 1), (1, 4, 3), (1, 4, 0)]:
            with self.assertRaises(ValueError):
                block_order_reference.BlockOrder(1, 1, 100, size, open_blocks, lanes)

    def test_vectors_are_as_they_are_made(self) -> None:
        text = (FORMATS / "vectors/row-order-2.json").read_text("utf-8")
        self.assertEqual(text, block_order_reference.vectors_text())


if __name__ == "__main__":
    unittest.main()
