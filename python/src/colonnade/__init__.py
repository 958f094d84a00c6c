# SPDX-License-Identifier: Apache-2.0
"""Memory-mapped data sets, and pipelines that feed training loops from them."""

from colonnade import _core

__version__ = _core.version()
__all__ = ["__version__"]
