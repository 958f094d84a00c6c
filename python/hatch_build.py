# SPDX-License-Identifier: Apache-2.0
"""The build hook of hatchling: builds the extension and the command, and sets the platform of the wheel."""

import os
import shutil
import sys
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
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{native.platform_tag(files)}"
        build_data["shared_scripts"][str(self.command(folder))] = "colonnade"
        if version == "editable":  # an editable install uses the package in its source folder
            for built, path in files.items():
                target = Path(self.root, "python/src", path)
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(built, target)
        else:
            build_data["force_include"].update({str(built): path for built, path in files.items()})

    def command(self, folder):
        """Returns the script `colonnade`, with the version by which it finds its package."""
        text = Path(self.root, "python/command/colonnade").read_text(encoding="utf-8")
        script = folder / "colonnade"
        script.write_text(text.replace("@VERSION@", self.metadata.version), encoding="utf-8")
        script.chmod(0o755)
        return script
