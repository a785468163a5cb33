"""BPMN and DMN text of the sandbox's models, with the diagram parts that viewers draw."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from operate_frames.sandbox.data.company_models import (
    Decision,
    DecisionDiagram,
    Flow,
    Model,
    Node,
    flows_between,
)

_BPMN = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:modeler="http://camunda.org/schema/modeler/1.0"'
)
_DMN = (
    'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" '
    'xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" '
    'xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"'
)
_TAGS = {
    "START_EVENT": "startEvent",
    "END_EVENT": "endEvent",
    "INTERMEDIATE_CATCH_EVENT": "intermediateCatchEvent",
    "EXCLUSIVE_GATEWAY": "exclusiveGateway",
    "SERVICE_TASK": "serviceTask",
    "SCRIPT_TASK": "scriptTask",
    "USER_TASK": "userTask",
    "RECEIVE_TASK": "receiveTask",
    "BUSINESS_RULE_TASK": "businessRuleTask",
    "CALL_ACTIVITY": "callActivity",
    "SUB_PROCESS": "subProcess",
}
_EXTENSIONS = {
    "SERVICE_TASK": '<zeebe:taskDefinition type="{id}" retries="3"/>',
    "SCRIPT_TASK": '<zeebe:script expression="=amount / 10" resultVariable="{id}"/>',
    "BUSINESS_RULE_TASK": '<zeebe:calledDecision decisionId="discount" resultVariable="{id}"/>',
    "CALL_ACTIVITY": '<zeebe:calledElement processId="{calls}" propagateAllChildVariables="false"/>',
    "USER_TASK": "<zeebe:userTask/>",
}
_STEP = 160
_MIDDLE = 200


def bpmn(model: Model, version: int) -> str:
    """Write one version of a process.

    Parameters
    ----------
    model : Model
        The process.
    version : int
        Counted from 1.

    Returns
    -------
    str
        A BPMN document.
    """
    name = f" name={quoteattr(model.name)}" if model.name else ""
    tag = model.tags[version - 1]
    tagged = f'<bpmn:extensionElements><zeebe:versionTag value="{tag}"/></bpmn:extensionElements>' * bool(tag)
    flows = model.flows()
    places = _places(model.nodes, 100)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<bpmn:definitions {_BPMN} id="definitions" targetNamespace="http://bpmn.io/schema/bpmn" '
        'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.6.0">\n'
        f'<bpmn:process id="{model.id}"{name} isExecutable="true">{tagged}\n'
        f"{_flow_nodes(model.nodes, flows, model.calls)}{_sequence_flows(flows)}</bpmn:process>\n"
        f'<bpmn:message id="message" name="papers"/>\n'
        f'<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="{model.id}">\n'
        f"{''.join(_shape(node, x) for node, x in places.items())}{_edges(flows, places)}"
        f"{''.join(_inner_shapes(node, x) for node, x in places.items())}"
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n</bpmn:definitions>\n"
    )


def dmn(diagram: DecisionDiagram) -> str:
    """Write a DMN diagram.

    Parameters
    ----------
    diagram : DecisionDiagram
        The diagram.

    Returns
    -------
    str
        A DMN document.
    """
    shapes = "".join(
        f'<dmndi:DMNShape dmnElementRef="{decision.id}">'
        f'<dc:Bounds x="{_STEP + number * 220}" y="100" width="180" height="80"/></dmndi:DMNShape>\n'
        for number, decision in enumerate(diagram.decisions)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<definitions {_DMN} id="{diagram.id}" name="{diagram.name}" '
        'namespace="http://camunda.org/schema/1.0/dmn">\n'
        f"{''.join(map(_decision, diagram.decisions))}"
        f"<dmndi:DMNDI><dmndi:DMNDiagram>\n{shapes}</dmndi:DMNDiagram></dmndi:DMNDI>\n</definitions>\n"
    )


def _flow_nodes(nodes: Iterable[Node], flows: list[Flow], calls: str | None) -> str:
    return "".join(_flow_node(node, flows, calls) for node in nodes)


def _flow_node(node: Node, flows: list[Flow], calls: str | None) -> str:
    tag = _TAGS[node.type]
    name = f" name={quoteattr(node.name)}" if node.name else ""
    message = ' messageRef="message"' * (node.type == "RECEIVE_TASK")
    extension = _EXTENSIONS.get(node.type, "").format(id=node.id, calls=calls)
    extended = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" * bool(extension)
    into = "".join(f"<bpmn:incoming>{flow.id}</bpmn:incoming>" for flow in flows if flow.target == node.id)
    out = "".join(f"<bpmn:outgoing>{flow.id}</bpmn:outgoing>" for flow in flows if flow.source == node.id)
    return f'<bpmn:{tag} id="{node.id}"{name}{message}>{extended}{into}{out}{_inside(node)}</bpmn:{tag}>\n'


def _inside(node: Node) -> str:
    if node.turns:
        return (
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
            'inputCollection="=documents" inputElement="document"/></bpmn:extensionElements>'
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
    if node.type == "INTERMEDIATE_CATCH_EVENT":
        return "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    inner_flows = list(flows_between(node.inner, f"{node.id}_"))
    return _flow_nodes(node.inner, inner_flows, None) + _sequence_flows(inner_flows)


def _sequence_flows(flows: Iterable[Flow]) -> str:
    return "".join(
        f'<bpmn:sequenceFlow id="{flow.id}" sourceRef="{flow.source}" targetRef="{flow.target}"/>\n' for flow in flows
    )


def _places(nodes: Iterable[Node], x: int) -> dict[Node, int]:
    places: dict[Node, int] = {}
    for node in nodes:
        places[node] = x
        x += _size(node)[0] + _STEP - 100
    return places


def _size(node: Node) -> tuple[int, int]:
    if node.type.endswith("EVENT"):
        return 36, 36
    if node.type.endswith("GATEWAY"):
        return 50, 50
    return (_STEP * len(node.inner), 160) if node.inner else (100, 80)


def _shape(node: Node, x: int) -> str:
    width, height = _size(node)
    expanded = ' isExpanded="true"' * bool(node.inner)
    return (
        f'<bpmndi:BPMNShape id="{node.id}_di" bpmnElement="{node.id}"{expanded}>'
        f'<dc:Bounds x="{x}" y="{_MIDDLE - height // 2}" width="{width}" height="{height}"/>'
        "</bpmndi:BPMNShape>\n"
    )


def _inner_shapes(node: Node, x: int) -> str:
    places = _places(node.inner, x + 30)
    shapes = "".join(_shape(inner, inner_x) for inner, inner_x in places.items())
    return shapes + _edges(list(flows_between(node.inner, f"{node.id}_")), places)


def _edges(flows: Iterable[Flow], places: dict[Node, int]) -> str:
    ends = {node.id: (x, x + _size(node)[0]) for node, x in places.items()}
    return "".join(
        f'<bpmndi:BPMNEdge id="{flow.id}_di" bpmnElement="{flow.id}">'
        f'<di:waypoint x="{ends[flow.source][1]}" y="{_MIDDLE}"/>'
        f'<di:waypoint x="{ends[flow.target][0]}" y="{_MIDDLE}"/></bpmndi:BPMNEdge>\n'
        for flow in flows
    )


def _decision(decision: Decision) -> str:
    required = (
        f'<informationRequirement id="{decision.id}_needs"><requiredDecision href="#{decision.requires}"/>'
        "</informationRequirement>"
        if decision.requires
        else ""
    )
    logic = _TABLE if decision.type == "DECISION_TABLE" else _EXPRESSION.format(escape("rate + 1"))
    filled = logic.replace("ID", decision.id)
    return f'<decision id="{decision.id}" name="{decision.name}">{required}{filled}</decision>\n'


_TABLE = (
    '<decisionTable id="ID_table" hitPolicy="FIRST"><input id="ID_in" label="Amount">'
    '<inputExpression id="ID_expression" typeRef="number"><text>amount</text></inputExpression></input>'
    '<output id="ID_out" label="ID" name="ID" typeRef="number"/>'
    '<rule id="ID_1"><inputEntry id="ID_1_in"><text>&gt; 100</text></inputEntry>'
    '<outputEntry id="ID_1_out"><text>10</text></outputEntry></rule>'
    '<rule id="ID_2"><inputEntry id="ID_2_in"><text></text></inputEntry>'
    '<outputEntry id="ID_2_out"><text>0</text></outputEntry></rule></decisionTable>'
)
_EXPRESSION = (
    '<variable id="ID_variable" name="ID"/><literalExpression id="ID_literal"><text>{}</text></literalExpression>'
)
