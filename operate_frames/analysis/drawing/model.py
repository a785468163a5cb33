"""A BPMN diagram as it is drawn: shapes with their bounds, edges with their waypoints."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ACTIVITIES",
    "DATA",
    "EVENTS",
    "GATEWAYS",
    "POOLS",
    "SUB_PROCESSES",
    "TASKS",
    "Bounds",
    "Diagram",
    "Edge",
    "Point",
    "Shape",
]

# BPMN's own names of its elements.
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
SUB_PROCESSES = frozenset({"subProcess", "adHocSubProcess", "transaction"})
TASKS = frozenset(
    {
        "task",
        "userTask",
        "serviceTask",
        "scriptTask",
        "manualTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "callActivity",
    }
)
ACTIVITIES = TASKS | SUB_PROCESSES
DATA = frozenset({"dataObjectReference", "dataObject", "dataInput", "dataOutput", "dataStoreReference", "dataStore"})
POOLS = frozenset({"participant", "lane"})

Point = tuple[float, float]


@dataclass(frozen=True)
class Bounds:
    """A rectangle, y growing downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    @property
    def center(self) -> Point:
        """The point in its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlap(self, other: Bounds) -> float:
        """The area that it has in common with another one."""
        width = min(self.right, other.right) - max(self.x, other.x)
        height = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(width, 0.0) * max(height, 0.0)


@dataclass(frozen=True)
class Shape:
    """What has bounds: a pool, a lane, an activity, an event, a gateway, data, a note, a group.

    Attributes
    ----------
    id, kind, name : str
        The element's id, BPMN's name of its kind such as ``userTask``, and its label, which may be empty.
    bounds, label : Bounds
        Where it is, and where its label is, if the diagram says so.
    definition : str
        What an event is about, such as ``timer``, or ``multiple``; empty for a plain one.
    throws, interrupts : bool
        Whether an event throws, and whether it interrupts what it is attached to.
    markers : tuple of str
        ``loop``, ``parallel``, ``sequential``, ``compensation``, ``ad_hoc``, ``collection``.
    expanded, horizontal, by_event, instantiates, crossed : bool
        Whether a sub-process or a pool shows what is in it, a pool lies, a sub-process begins by an event, a gateway
        begins a process, and an exclusive gateway shows its X.
    """

    id: str
    kind: str
    name: str
    bounds: Bounds
    label: Bounds | None = None
    definition: str = ""
    throws: bool = False
    interrupts: bool = True
    markers: tuple[str, ...] = ()
    expanded: bool = False
    horizontal: bool = True
    by_event: bool = False
    instantiates: bool = False
    crossed: bool = True

    @property
    def is_container(self) -> bool:
        """Whether other shapes lie in it."""
        return self.kind in POOLS or (self.kind in SUB_PROCESSES and self.expanded)


@dataclass(frozen=True)
class Edge:
    """What has waypoints: a sequence flow, a message flow, an association.

    Attributes
    ----------
    id, kind, name : str
        As of a shape.
    waypoints : tuple of (float, float)
        At least two.
    label : Bounds or None
        Where its label is, if the diagram says so.
    default, conditional : bool
        Whether a sequence flow is its source's default, and whether it leaves an activity on a condition.
    direction : str
        Of an association: ``None``, ``One`` or ``Both``.
    message : str
        Of a message flow: ``initiating``, ``non_initiating``, or empty where it shows no envelope.
    """

    id: str
    kind: str
    name: str
    waypoints: tuple[Point, ...]
    label: Bounds | None = None
    default: bool = False
    conditional: bool = False
    direction: str = "None"
    message: str = ""


@dataclass(frozen=True)
class Diagram:
    """What is drawn, in the order of the file, and the processes that it shows.

    Attributes
    ----------
    processes : dict of str to str
        Their names by their ids.
    shapes, edges : tuple
        What is drawn.
    """

    processes: dict[str, str]
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
