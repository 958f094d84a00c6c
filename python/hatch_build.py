# SPDX-License-Identifier: Apache-2.0
"""The build hook of hatchling: builds the extension and the command, and sets the platform of the wheel."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import native  # noqa: E402


class NativeHook(BuildHookInterface):
    def initialize(self, version, build_data):
        folder = native.SCRATCH / "wheel"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            files = native.build_for_python(folder, command=os.environ.get(native.WITHOUT_COMMAND) != "1")
        except native.BuildError as error:
            sys.exit(f"colonnade: {error}")
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
        if version == "editable":  # an editable install uses the package in its source folder
            for built, path in files.items():
                target = Path(self.root, "python/src", path)
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(built, target)
        else:
            build_data["force_include"].update({str(built): path for built, path in files.items()})
