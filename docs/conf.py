# SPDX-License-Identifier: Apache-2.0
"""How Sphinx builds the documentation of the Python package: see CONTRIBUTING.md, "Documentation"."""

import re
import sys
from pathlib import Path

import colonnade

sys.path.insert(0, str(Path(__file__).parent))

project = "Colonnade"
author = "the Colonnade authors"
copyright = author  # noqa: A001
version = release = colonnade.__version__

extensions = ["myst_parser", "sphinx_copybutton", "reference_pages"]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
# The checklist of a release is for those who make one.
exclude_patterns = ["_build", "releasing.md"]

# Headings down to the third level are targets of links, named as a code host names them.
myst_heading_anchors = 3

# Docstrings mark names and code by single backticks.
default_role = "literal"
add_module_names = False
python_display_short_literal_types = True
maximum_signature_line_length = 100
# The types of signatures belong to other packages. Colonnade's own are linked, and the reference is checked by the tests.
nitpick_ignore_regex = [(r"py:(class|exc|data|obj)", r".*")]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["colonnade.css"]
pygments_dark_style = "github-dark"
html_title = f"Colonnade {release}"
html_copy_source = False
html_show_sphinx = False


def adapt_links(app, name, source):
    """Leads links out of this folder to the page with the same file, or makes them plain text where there is none."""
    text = re.sub(r"\]\(\.\./(formats/(?:colonnade|row-order)-[12]\.md)", r"](\1", source[0])
    source[0] = re.sub(r"\[([^\]]*)\]\(\.\./[^)]*\)", r"\1", text)


def setup(app):
    app.connect("source-read", adapt_links)
