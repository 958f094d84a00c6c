#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes mixed.tar, a seed of the fuzzer: members of the forms ustar, GNU and PAX, and an archive in the archive."""

import io
import pathlib
import tarfile


def add(archive, name, contents=b"", **fields):
    member = tarfile.TarInfo(name)
    member.size = len(contents)
    for field, value in fields.items():
        setattr(member, field, value)
    archive.addfile(member, io.BytesIO(contents))


inner = io.BytesIO()
with tarfile.open(fileobj=inner, mode="w", format=tarfile.GNU_FORMAT) as archive:
    add(archive, "x" * 120, b"long")
with tarfile.open(pathlib.Path(__file__).parent / "mixed.tar", "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "all"}) as archive:
    add(archive, "a.txt", b"first")
    add(archive, "é" * 80, b"second", pax_headers={"mtime": "1.5"})
    add(archive, "folder", type=tarfile.DIRTYPE)
    add(archive, "link", type=tarfile.SYMTYPE, linkname="a.txt")
    add(archive, "inner.tar", inner.getvalue()[:2560])
