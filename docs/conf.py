"""How Sphinx builds the site: `sphinx-build -W -n --keep-going docs build/site`."""

import shutil
from pathlib import Path
from typing import Any

from operate_frames import __version__

project = "operate_frames"
author = "The operate_frames developers"
copyright = author  # noqa: A001 - the name that Sphinx looks for
release = version = __version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode"]
# The contract is for those who change the code, and read where the code is.
exclude_patterns = ["**/.ipynb_checkpoints", "contract/**"]
root_doc = "index"

# Notebooks keep their outputs, and tests/docs/test_notebooks.py holds them equal to fresh ones.
nb_execution_mode = "off"
nb_execution_show_tb = True
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# What stands in single backticks in a docstring is a link where there is such a name, else plain.
default_role = "autolink"
autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's sections say the types
numpydoc_show_class_members = False
python_use_unqualified_type_names = True
nitpicky = True

html_theme = "furo"
html_title = "operate_frames"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"

# Sphinx reads nothing outside its folder: the notebooks are copied into it for the build.
_HERE = Path(__file__).parent
shutil.rmtree(_HERE / "notebooks", ignore_errors=True)
shutil.copytree(_HERE.parent / "notebooks", _HERE / "notebooks", ignore=shutil.ignore_patterns(".*"))


def setup(app: Any) -> None:
    """Let links between pages and notebooks, which fit the repository, fit the site."""
    app.connect("source-read", _fit_links)


def _fit_links(_app: Any, docname: str, source: list[str]) -> None:
    there, here = ("](../docs/", "](../") if docname.startswith("notebooks/") else ("](../notebooks/", "](notebooks/")
    source[0] = source[0].replace(there, here)
