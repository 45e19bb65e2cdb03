"""Sphinx settings; `make docs` builds the site without any network."""

from rttgeo import __version__

project = "rttgeo"
author = "The rttgeo authors"
project_copyright = "2026, the rttgeo authors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
# Attributes are described in the class's docstring, once.
napoleon_use_ivar = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}
exclude_patterns = ["build"]
html_theme = "furo"
html_title = "rttgeo"
html_static_path: list[str] = []
# Docstrings name things in single backticks, as numpydoc has it: shown as code, not as links that
# would need an entry for each.
default_role = "code"
nitpicky = False
