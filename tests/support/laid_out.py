"""BPMN texts for tests of drawings: models with coordinates, and what a drawing says."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

DRAWN = Path(__file__).parents[1] / "data" / "drawing"
BEGINNING = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI">'
)
_SVG = "{http://www.w3.org/2000/svg}"
_NODE = re.compile(r'<bpmn:(?!process|sequenceFlow|\w*EventDefinition)\w+ [^>]*?\bid="(\w+)"')


def model(inside: str, shapes: str, edges: str = "") -> str:
    """A process ``p`` with what is in it, and its diagram."""
    return (
        f'{BEGINNING}<bpmn:process id="p" name="P">{inside}</bpmn:process><bpmndi:BPMNDiagram>'
        f'<bpmndi:BPMNPlane bpmnElement="p">{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>'
    )


def shape(id_: str, x: object = 0, y: object = 0, width: object = 100, height: object = 80, *, said: str = "") -> str:
    """The place of an element."""
    return (
        f'<bpmndi:BPMNShape bpmnElement="{id_}" {said}><dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
        "</bpmndi:BPMNShape>"
    )


def tasks(*names: str) -> str:
    """Tasks ``t0``, ``t1`` and so on, in a row, of the given names as they stand in XML."""
    return model(
        "".join(f'<bpmn:task id="t{place}" name="{name}"/>' for place, name in enumerate(names)),
        "".join(shape(f"t{place}", 150 * place) for place in range(len(names))),
    )


def in_a_row(xml: str) -> str:
    """Give the elements of a model without coordinates some, in the order of the file."""
    process = re.search(r'<bpmn:process id="([^"]+)"', xml)[1]
    shapes = "".join(shape(id_, 150 * place) for place, id_ in enumerate(_NODE.findall(xml.partition(process)[2])))
    spaces = BEGINNING.partition("xmlns:bpmndi")[2].removesuffix(">")
    return xml.replace("<bpmn:definitions ", f"<bpmn:definitions xmlns:bpmndi{spaces} ", 1).replace(
        "</bpmn:definitions>",
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="{process}">{shapes}</bpmndi:BPMNPlane>'
        "</bpmndi:BPMNDiagram></bpmn:definitions>",
    )


def parts(svg: str) -> dict[str, Element]:
    """What is drawn of each element, by its id; it is well-formed."""
    return {each.get("data-element-id", ""): each for each in fromstring(svg) if each.get("data-element-id")}


def tooltips(svg: str) -> dict[str, list[str]]:
    """What a pointer is told of each element, line by line."""
    return {id_: (part.findtext(f"{_SVG}title") or "").split("\n") for id_, part in parts(svg).items()}


def label(part: Element) -> list[str]:
    """The lines of an element's label."""
    return [line.text or "" for line in part.iter(f"{_SVG}tspan")]


def texts(svg: str) -> list[str]:
    """All lines that stand in a drawing outside of elements: figures, tokens and the legend."""
    outside = [each for each in fromstring(svg) if not each.get("data-element-id")]
    return [line.text or "" for each in outside for line in each.iter(f"{_SVG}tspan")]
