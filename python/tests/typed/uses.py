# SPDX-License-Identifier: Apache-2.0
"""Uses of the package as a type checker sees them. This is checked and not run."""

from typing import assert_type

import colonnade as dx

assert_type(dx.__version__, str)
