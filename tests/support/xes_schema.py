"""The schema of IEEE 1849-2016, to which XES files are held.

It states no licence of its own, so no copy is kept here: jBPM (Apache-2.0) has it among the sources of its tests, and
Maven brings those.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import xmlschema

from tests.support import maven

_JBPM = "org.jbpm:jbpm-xes:7.74.1.Final:jar:test-sources"
_FILE = "xes-ieee-1849-2016.xsd"
_CACHE = Path(__file__).parents[2] / "build" / "xes"
# The file leaves it to who takes it which namespace it is for.
_OF_XES = '<xs:schema targetNamespace="http://www.xes-standard.org/" xmlns="http://www.xes-standard.org/" '


def schema() -> xmlschema.XMLSchema:
    """Give the schema; what is missing is fetched first.

    Raises
    ------
    Unavailable
        Where Maven is missing, or cannot fetch it.
    """
    with maven.only_one_at_a_time(_CACHE):
        if not (_CACHE / _FILE).exists():
            maven.fetch(_JBPM, _CACHE)
            (archive,) = _CACHE.glob("*.jar")
            with zipfile.ZipFile(archive) as content:
                content.extract(_FILE, _CACHE)
            archive.unlink()
    text = (_CACHE / _FILE).read_text(encoding="utf-8")
    return xmlschema.XMLSchema(text.replace("<xs:schema ", _OF_XES, 1))
