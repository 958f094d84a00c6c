#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""FFCV: takes no part, since PyPI has only its sources."""

from picture_contest import PictureContest

PictureContest().unsupported("PyPI has no wheel of FFCV, only its sources, which need OpenCV and libturbojpeg")
