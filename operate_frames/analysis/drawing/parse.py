"""BPMN XML as a diagram: what the file says of itself, checked, so that nothing absurd is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from operate_frames.analysis.drawing.model import (
    ACTIVITIES,
    DATA,
    EVENTS,
    GATEWAYS,
    POOLS,
    SUB_PROCESSES,
    Bounds,
    Diagram,
    Edge,
    Point,
    Shape,
)
from operate_frames.errors import QuestionError

__all__ = ["read_diagram"]

_MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_DI = "{http://www.omg.org/spec/DD/20100524/DI}"
_SHAPES = ACTIVITIES | EVENTS | GATEWAYS | DATA | POOLS | {"textAnnotation", "group"}
_EDGES = frozenset({"sequenceFlow", "messageFlow", "association", "dataInputAssociation", "dataOutputAssociation"})
_FARTHEST = 1_000_000
_FALSE = ("false", "0")
_TRUE = ("true", "1")


@dataclass(frozen=True)
class _Found:
    """An element of the model, with the id of the one that it stands in."""

    kind: str
    element: Element
    parent: str

    def says(self, name: str) -> str:
        """An attribute's value; empty where there is none."""
        return (self.element.get(name) or "").strip()

    def has(self, child: str) -> bool:
        return self.element.find(_MODEL + child) is not None


def read_diagram(xml: str) -> Diagram:
    """Read the diagram of a BPMN file.

    Parameters
    ----------
    xml : str
        The file's text.

    Returns
    -------
    Diagram
        Of the first of its diagrams that shows a process or a collaboration.

    Raises
    ------
    QuestionError
        It is no XML or no BPMN, has a document type declaration, no process, no coordinates or absurd ones.
    """
    root = _parsed(xml)
    if root.tag != f"{_MODEL}definitions":
        raise QuestionError(f"This is no BPMN: its root element is {root.tag!r:.200}, not BPMN's 'definitions'.")
    found = _elements(root)
    processes = {id_: each.says("name") for id_, each in found.items() if each.kind == "process"}
    if not processes:
        raise QuestionError("This BPMN holds no process, so there is nothing to draw.")
    plane = _plane(root, found)
    shapes = list(plane.iter(f"{_BPMNDI}BPMNShape"))
    drawn = {each.get("bpmnElement") for each in shapes}
    expanded = {_element_of(each) for each in shapes if _is_expanded(each, found, drawn)}
    hidden = _hidden(found, {_element_of(each) for each in shapes} - expanded)
    defaults = {each.says("default") for each in found.values()}
    visible = {id_ for id_ in found if id_ not in hidden}
    shown = tuple(
        _shape(id_, found[id_], di, id_ in expanded, found)
        for di in shapes
        if (id_ := _element_of(di)) in visible and found[id_].kind in _SHAPES
    )
    if not shown:
        raise QuestionError("The BPMN's diagram shows no element of its process, so there is nothing to draw.")
    edges = tuple(
        _edge(id_, found[id_], di, id_ in defaults, found)
        for di in plane.iter(f"{_BPMNDI}BPMNEdge")
        if (id_ := _element_of(di)) in visible and found[id_].kind in _EDGES
    )
    return Diagram(processes, shown, edges)


def _parsed(xml: str) -> Element:
    if not xml.strip():
        raise QuestionError("The BPMN is an empty text: give the whole XML, as read_definition_xml gives it.")
    try:
        root: Element = fromstring(xml.lstrip("\ufeff \t\r\n"), forbid_dtd=True)
    except DefusedXmlException:
        raise QuestionError(
            "The BPMN has a document type declaration (DOCTYPE), which no model needs and which could make a small file"
            " a huge one or read others: it is not read. Take the declaration out."
        ) from None
    except (ParseError, UnicodeError, ValueError) as error:
        raise QuestionError(f"The BPMN cannot be read as XML: {error}.") from None
    return root


def _elements(root: Element) -> dict[str, _Found]:
    """What has an id, in the order of the file; without recursion, since a file may nest as deep as it likes."""
    found: dict[str, _Found] = {}
    pending = [(child, "") for child in reversed(root)]
    while pending:
        element, parent = pending.pop()
        if not isinstance(element.tag, str) or not element.tag.startswith(_MODEL):
            continue
        id_ = element.get("id") or parent
        if id_ and id_ not in found:
            found[id_] = _Found(element.tag.removeprefix(_MODEL), element, parent)
        pending += [(child, id_) for child in reversed(element)]
    return found


def _plane(root: Element, found: dict[str, _Found]) -> Element:
    planes = [
        plane for plane in root.iter(f"{_BPMNDI}BPMNPlane") if plane.find(f"{_BPMNDI}BPMNShape/{_DC}Bounds") is not None
    ]
    if not planes:
        raise QuestionError(
            "The BPMN has no coordinates (no BPMNDI with shapes), so there is nothing to draw it by: lay it out in a"
            " modeler, save it and give its text."
        )
    whole = ("process", "collaboration")
    return next((each for each in planes if (of := found.get(_element_of(each))) and of.kind in whole), planes[0])


def _element_of(di: Element) -> str:
    """The id of the element that a shape, edge or plane draws, which some files write with a prefix."""
    return (di.get("bpmnElement") or "").rpartition(":")[2]


def _is_expanded(di: Element, found: dict[str, _Found], drawn: set[str | None]) -> bool:
    said = di.get("isExpanded")
    if said is not None:
        return said in _TRUE
    of = found.get(_element_of(di))
    if of is None or of.kind not in SUB_PROCESSES:
        return False
    return any(child.get("id") in drawn for child in of.element if child.get("id"))


def _hidden(found: dict[str, _Found], closed: Iterable[str]) -> set[str]:
    """What lies in a collapsed sub-process; parents come first in the file."""
    collapsed = {id_ for id_ in closed if id_ in found and found[id_].kind in SUB_PROCESSES}
    hidden: set[str] = set()
    for id_, each in found.items():
        if each.parent in collapsed or each.parent in hidden:
            hidden.add(id_)
    return hidden


def _shape(id_: str, found: _Found, di: Element, expanded: bool, all_found: dict[str, _Found]) -> Shape:
    bounds = di.find(f"{_DC}Bounds")
    if bounds is None:
        raise QuestionError(f"The diagram gives no bounds for {id_!r:.200}, so it cannot be drawn.")
    box = _bounds(bounds, id_)
    lies = di.get("isHorizontal")
    return Shape(
        id=id_,
        kind=found.kind,
        name=_name(found, all_found),
        bounds=box,
        label=_label(di, id_),
        definition=_definition(found),
        throws=found.kind in ("endEvent", "intermediateThrowEvent"),
        interrupts=found.says("cancelActivity") not in _FALSE and found.says("isInterrupting") not in _FALSE,
        markers=tuple(_markers(found, all_found)),
        expanded=expanded or bool(found.says("processRef")),
        horizontal=lies in _TRUE if lies else box.width >= box.height or found.kind == "lane",
        by_event=found.says("triggeredByEvent") in _TRUE,
        instantiates=found.says("instantiate") in _TRUE,
        crossed=di.get("isMarkerVisible") not in _FALSE,
    )


def _edge(id_: str, found: _Found, di: Element, default: bool, all_found: dict[str, _Found]) -> Edge:
    waypoints = tuple(_point(each, id_) for each in di.findall(f"{_DI}waypoint"))
    if len(waypoints) < 2:
        raise QuestionError(f"The diagram gives {id_!r:.200} fewer than two waypoints, so it cannot be drawn.")
    source = all_found.get(found.says("sourceRef"))
    leaves_activity = source is not None and source.kind in ACTIVITIES
    return Edge(
        id=id_,
        kind=found.kind,
        name=_name(found, all_found),
        waypoints=waypoints,
        label=_label(di, id_),
        default=default and found.kind == "sequenceFlow",
        conditional=leaves_activity and found.has("conditionExpression"),
        direction=found.says("associationDirection") or "None",
        message=di.get("messageVisibleKind") or "",
    )


def _name(found: _Found, all_found: dict[str, _Found]) -> str:
    if found.kind == "textAnnotation":
        text = found.element.find(f"{_MODEL}text")
        return "" if text is None else "".join(text.itertext()).strip()
    if found.kind == "group":
        category = all_found.get(found.says("categoryValueRef"))
        return category.says("value") if category else ""
    return found.says("name")


def _definition(found: _Found) -> str:
    """What an event is about, by the elements in it or that it refers to."""
    if found.kind not in EVENTS:
        return ""
    names = [
        each.tag.removeprefix(_MODEL)
        for each in found.element
        if isinstance(each.tag, str) and each.tag.startswith(_MODEL)
    ]
    kinds = [name.removesuffix("EventDefinition") for name in names if name.endswith("EventDefinition")]
    if len(kinds) + names.count("eventDefinitionRef") > 1:
        return "parallel_multiple" if found.says("parallelMultiple") in _TRUE else "multiple"
    return {"compensate": "compensation"}.get(kinds[0], kinds[0]) if kinds else ""


def _markers(found: _Found, all_found: dict[str, _Found]) -> Iterator[str]:
    if found.has("standardLoopCharacteristics"):
        yield "loop"
    turns = found.element.find(f"{_MODEL}multiInstanceLoopCharacteristics")
    if turns is not None:
        yield "sequential" if turns.get("isSequential") in _TRUE else "parallel"
    if found.says("isForCompensation") in _TRUE:
        yield "compensation"
    if found.kind == "adHocSubProcess":
        yield "ad_hoc"
    participants = found.element.find(f"{_MODEL}participantMultiplicity")
    if participants is not None:
        yield "parallel"
    data = all_found.get(found.says("dataObjectRef"))
    if "true" in (found.says("isCollection"), data.says("isCollection") if data else ""):
        yield "collection"


def _label(di: Element, id_: str) -> Bounds | None:
    bounds = di.find(f"{_BPMNDI}BPMNLabel/{_DC}Bounds")
    return None if bounds is None else _bounds(bounds, id_, least=0)


def _bounds(element: Element, id_: str, least: float = 1e-3) -> Bounds:
    x, y, width, height = (_number(element, name, id_) for name in ("x", "y", "width", "height"))
    if width < least or height < least:
        raise QuestionError(f"The diagram makes {id_!r:.200} {width:g} wide and {height:g} high: it cannot be drawn.")
    return Bounds(x, y, width, height)


def _point(element: Element, id_: str) -> Point:
    return _number(element, "x", id_), _number(element, "y", id_)


def _number(element: Element, name: str, id_: str) -> float:
    said = element.get(name)
    try:
        number = float(said or "")
    except ValueError:
        number = math.nan
    if not abs(number) <= _FARTHEST:
        raise QuestionError(
            f"The diagram puts {id_!r:.200} at {name}={said!r:.100}: a coordinate is a number from -{_FARTHEST:,} to"
            f" {_FARTHEST:,}."
        )
    return number
