# SPDX-License-Identifier: Apache-2.0
"""How Sphinx builds the documentation of the Python package: see CONTRIBUTING.md, "Documentation"."""

import re

import colonnade

project = "Colonnade"
author = "the Colonnade authors"
copyright = author  # noqa: A001
version = release = colonnade.__version__

extensions = ["myst_parser", "sphinx_copybutton"]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]

# Headings down to the third level are targets of links, named as a code host names them.
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Colonnade {release}"
html_copy_source = False
html_show_sphinx = False


def adapt_links(app, name, source):
    """Leads links out of this folder to the page with the same file, or makes them plain text where there is none."""
    text = re.sub(r"\]\(\.\./(formats/(?:colonnade|row-order)-1\.md)", r"](\1", source[0])
    source[0] = re.sub(r"\[([^\]]*)\]\(\.\./[^)]*\)", r"\1", text)


def setup(app):
    app.connect("source-read", adapt_links)
