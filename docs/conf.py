"""How Sphinx builds the site: `sphinx-build -W -n --keep-going docs build/site`."""

from operate_frames import __version__

project = "operate_frames"
author = "The operate_frames developers"
copyright = author  # noqa: A001 - the name that Sphinx looks for
release = version = __version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode"]
exclude_patterns = ["**/.ipynb_checkpoints"]
root_doc = "index"

# Notebooks keep their outputs, and tests/test_notebooks.py holds them equal to fresh ones.
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
