"""What the test data is: every instance, what becomes of it, and what Operate must show in the end.

No chance is in it: from run to run only keys and dates differ. `filling` plays it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

Variables = dict[str, Any]
InstanceRow = tuple[str, str, bool]  # process id, state, flagged with an open incident
IncidentRow = tuple[str, str]  # type, state

TICK = "tick"  # a process without a name, over at once: they make the number
ORDER, SHIPPING, INVOICE, LOAN, WHOLESALE = "order", "shipping", "invoice", "loan.request-ä", "wholesale_2026"

CUSTOMERS = (
    "Ada Lovelace",
    "Søren Ångström",
    "山田太郎",
    "emoji 🚲 👩‍🔧",
    "=1+1",
    '=HYPERLINK("http://127.0.0.1/","x")',
    "+49 30 1234",
    "-5",
    "@SUM(A1)",
    "\tcell",
    "line\nbreak\r\n",
    'a,b;"q"',
    "<b>&amp;</b>",
    "' or 1=1 --",
    "nan",
    "007",
    "2026-10-01T00:00:00Z",
    " padded ",
    "",
    None,
)
OPERATE_CUTS_AFTER = 8191  # characters of JSON text, the quotes counted


def ticks() -> list[Variables]:
    """Return the variables of each tick."""
    return [{"n": number, "even": number % 2 == 0} for number in range(2100)]


# ---- orders ---------------------------------------------------------------------------------------------------------


class OrderFate(Enum):
    SMALL = auto()  # over at once
    APPROVAL = auto()  # waits for a user
    WITHDRAWN = auto()  # the same, but canceled
    CHARGING = auto()  # waits for a worker
    DECLINED = auto()  # the charge failed: an open incident
    ABANDONED = auto()  # the same, but canceled
    RETRIED = auto()  # the charge failed, got another try, then all went well
    UNKNOWN_ERROR = auto()  # an error that nothing catches: an open incident
    NO_AMOUNT = auto()  # an expression has nothing to work on: an open incident
    AMENDED = auto()  # the same, but then the amount was set and the incident resolved
    SHIPPED = auto()  # all went well, with a child that shipped it
    PACKING = auto()  # the child waits for a worker
    DAMAGED = auto()  # the child has an open incident
    RECALLED = auto()  # canceled while the child waits, which is canceled with it


USUAL_FATES = (  # by the last digit of the order's number
    OrderFate.SMALL,
    OrderFate.SMALL,
    OrderFate.APPROVAL,
    OrderFate.SHIPPED,
    OrderFate.PACKING,
    OrderFate.CHARGING,
    OrderFate.DECLINED,
    OrderFate.UNKNOWN_ERROR,
    OrderFate.NO_AMOUNT,
    OrderFate.RETRIED,
)
SPECIAL_FATES = {  # by the last two digits
    2: OrderFate.WITHDRAWN,
    32: OrderFate.WITHDRAWN,
    4: OrderFate.RECALLED,
    44: OrderFate.RECALLED,
    6: OrderFate.ABANDONED,
    18: OrderFate.AMENDED,
    68: OrderFate.AMENDED,
    43: OrderFate.DAMAGED,
    93: OrderFate.DAMAGED,
}
WITHOUT_AMOUNT = {OrderFate.NO_AMOUNT, OrderFate.AMENDED}
APPROVED_BY_USERS = {OrderFate.APPROVAL, OrderFate.WITHDRAWN}
CHARGE_FAILS = {OrderFate.DECLINED, OrderFate.ABANDONED, OrderFate.RETRIED}
CHARGED = {OrderFate.SHIPPED, OrderFate.PACKING, OrderFate.DAMAGED, OrderFate.RECALLED, OrderFate.RETRIED}
REACH_CHARGING = CHARGE_FAILS | CHARGED | {OrderFate.CHARGING, OrderFate.UNKNOWN_ERROR}
CANCELED = {OrderFate.WITHDRAWN, OrderFate.ABANDONED, OrderFate.RECALLED}
COMPLETED = {OrderFate.SMALL, OrderFate.AMENDED, OrderFate.SHIPPED, OrderFate.RETRIED}
INCIDENT_TYPES = {
    OrderFate.DECLINED: "JOB_NO_RETRIES",
    OrderFate.DAMAGED: "JOB_NO_RETRIES",
    OrderFate.UNKNOWN_ERROR: "UNHANDLED_ERROR_EVENT",
    OrderFate.NO_AMOUNT: "EXTRACT_VALUE_ERROR",
}
RESOLVED_INCIDENT_TYPES = {
    OrderFate.RETRIED: "JOB_NO_RETRIES",
    OrderFate.ABANDONED: "JOB_NO_RETRIES",
    OrderFate.AMENDED: "EXTRACT_VALUE_ERROR",
}


@dataclass(frozen=True)
class Order:
    number: int

    @property
    def id(self) -> str:
        return f"O-{self.number:04}"

    @property
    def version(self) -> int:
        """1 and 2 have a version tag, 3 has none."""
        return 1 + self.number // 100

    @property
    def fate(self) -> OrderFate:
        return SPECIAL_FATES.get(self.number % 100, USUAL_FATES[self.number % 10])

    @property
    def state(self) -> str:
        return "CANCELED" if self.fate in CANCELED else "COMPLETED" if self.fate in COMPLETED else "ACTIVE"

    @property
    def variables(self) -> Variables:
        """Return every type that JSON has; every so often a long text too."""
        return {
            "order_id": self.id,
            "n": self.number,
            "customer": CUSTOMERS[self.number % len(CUSTOMERS)],
            "beyond_double": 9007199254740993,
            "largest": 9223372036854775807,
            "dec": 0.1,
            "exp": 1e-7,
            "flag": self.number % 3 == 0,
            "nothing": None,
            "list": list(range(self.number % 4)),
            "obj": {"a": [1, 2.5, None], "ü": "ß", "deep": {"er": {}}},
            **self._amount(),
            **self._long_text(),
        }

    def _amount(self) -> Variables:
        if self.fate in WITHOUT_AMOUNT:
            return {}
        if self.fate in APPROVED_BY_USERS:
            return {"amount": 50}
        return {"amount": 150 + self.number / 4 if self.fate in REACH_CHARGING else 10}

    def _long_text(self) -> Variables:
        inside_quotes = OPERATE_CUTS_AFTER - 2
        match self.number % 50:
            case 7:
                return {"just_fits": "y" * inside_quotes}
            case 17:
                return {"one_too_long": "z" * (inside_quotes + 1)}
            case 27:
                return {"long": "Fahrrad " * 4000}
            case 37:
                return {"long_emoji": "é🚲" * 3000}  # stored as escapes, the cut falls into one
            case 47:
                return {"long_list": list(range(5000))}
        return {}


def orders() -> list[Order]:
    return [Order(number) for number in range(300)]


# ---- loans ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loan:
    """Two branches: documents are checked one by one (multi-instance), and papers are waited for (message)."""

    number: int

    @property
    def reference(self) -> str:
        return f"R-{self.number}"

    @property
    def documents(self) -> list[str]:
        # One that lapses has none, or its checks would race with its timer.
        return [] if self.lapses else [f"d{index}" for index in range(self.number % 4)]

    @property
    def lapses(self) -> bool:
        """Tell whether the timer ends it, a second after it began."""
        return self.number % 12 == 11

    @property
    def check_fails(self) -> bool:
        """Tell whether its only document brings the error that a boundary event catches."""
        return self.number % 20 == 17

    @property
    def papers_come(self) -> bool:
        return self.number % 3 == 0

    @property
    def is_canceled(self) -> bool:
        return self.number % 15 == 4

    @property
    def is_rated(self) -> bool:
        return self.papers_come and not self.check_fails

    @property
    def state(self) -> str:
        if self.is_canceled:
            return "CANCELED"
        return "COMPLETED" if self.lapses or self.check_fails or self.papers_come else "ACTIVE"

    @property
    def variables(self) -> Variables:
        return {
            "ref": self.reference,
            "amount": "a lot" if self.number % 30 == 6 else self.number * 15.5,  # text: the score is null
            "docs": self.documents,
            "patience": "PT1S" if self.lapses else "P30D",
        }


def loans() -> list[Loan]:
    return [Loan(number) for number in range(60)]


# ---- invoices -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invoice:
    """Sent by a worker, then a payment is waited for (message), then a user books it."""

    number: int

    @property
    def id(self) -> str:
        return f"I-{self.number}"

    @property
    def sending_fails(self) -> bool:
        return self.number % 10 == 9

    @property
    def is_sent_again(self) -> bool:
        return self.number % 20 == 19

    @property
    def is_paid(self) -> bool:
        return self.number % 2 == 0

    @property
    def is_booked(self) -> bool:
        return self.number % 4 == 0

    @property
    def state(self) -> str:
        return "COMPLETED" if self.is_booked else "ACTIVE"

    @property
    def has_incident(self) -> bool:
        return self.sending_fails and not self.is_sent_again

    @property
    def variables(self) -> Variables:
        return {"invoice_id": self.id, "total": self.number * 100}


def invoices() -> list[Invoice]:
    return [Invoice(number) for number in range(40)]


# ---- wholesale ------------------------------------------------------------------------------------------------------


class WholesaleFate(Enum):
    PLACED = auto()  # its orders are small and over at once
    APPROVING = auto()  # its orders wait for a user
    NO_SUCH_PROCESS = auto()  # what it calls does not exist: an open incident
    OVER_LIMIT = auto()  # its decision fails: an open incident
    SHIPPING = auto()  # its order has a child too, which waits


@dataclass(frozen=True)
class Wholesale:
    """Parents of orders, and so grandparents of shippings."""

    number: int

    @property
    def fate(self) -> WholesaleFate:
        return tuple(WholesaleFate)[self.number % 5]

    @property
    def is_canceled(self) -> bool:
        return self.number in (6, 9, 16, 19)  # two each of APPROVING and SHIPPING

    @property
    def state(self) -> str:
        if self.is_canceled:
            return "CANCELED"
        return "COMPLETED" if self.fate is WholesaleFate.PLACED else "ACTIVE"

    @property
    def has_incident(self) -> bool:
        return self.fate in (WholesaleFate.NO_SUCH_PROCESS, WholesaleFate.OVER_LIMIT)

    @property
    def items(self) -> list[Variables]:
        amounts = {WholesaleFate.PLACED: [10, 20], WholesaleFate.APPROVING: [50, 50]}.get(self.fate, [200])
        return [
            {"order_id": f"W-{self.number}-{index}", "amount": amount, "customer": "Großhändler"}
            for index, amount in enumerate(amounts)
        ]

    @property
    def children(self) -> int:
        return 0 if self.has_incident else len(self.items)

    @property
    def variables(self) -> Variables:
        return {
            "called": "no such process" if self.fate is WholesaleFate.NO_SUCH_PROCESS else ORDER,
            "amount": 700 if self.fate is WholesaleFate.OVER_LIMIT else 100,  # two rules fit 700, one may
            "items": self.items,
        }


def wholesales() -> list[Wholesale]:
    return [Wholesale(number) for number in range(20)]


# ---- decisions outside any process ----------------------------------------------------------------------------------


def evaluations() -> list[tuple[str, Variables]]:
    """Return decisions and what they are asked: tables, one that needs another, a literal expression, failures."""
    return [
        *(("discount", {"amount": amount}) for amount in (0, 99.5, 101, 1000)),
        *(("rate", {"score": score}) for score in (0, 49, 50, 99)),
        *(("markup", {"amount": amount}) for amount in (1, 12345)),
        *(("limit", {"amount": amount}) for amount in (100, 600, 2000)),  # two rules fit 600: it fails
    ]


# ---- what Operate shows in the end ----------------------------------------------------------------------------------


def expected_instances() -> Counter[InstanceRow]:
    """Return how many instances there are of each process, state and incident flag."""
    rows: Counter[InstanceRow] = Counter()
    rows[TICK, "COMPLETED", False] = len(ticks())
    for order in orders():
        # An incident of a child marks its parent too.
        rows[ORDER, order.state, order.fate in INCIDENT_TYPES] += 1
        if order.fate in CHARGED:
            rows[SHIPPING, order.state, order.fate is OrderFate.DAMAGED] += 1
    for loan in loans():
        rows[LOAN, loan.state, False] += 1
    for invoice in invoices():
        rows[INVOICE, invoice.state, invoice.has_incident] += 1
    for wholesale in wholesales():
        rows[WHOLESALE, wholesale.state, wholesale.has_incident] += 1
        rows[ORDER, wholesale.state, False] += wholesale.children
        if wholesale.fate is WholesaleFate.SHIPPING:
            rows[SHIPPING, wholesale.state, False] += wholesale.children
    return +rows


def expected_incidents() -> Counter[IncidentRow]:
    """Return how many incidents there are of each type and state."""
    fates = [order.fate for order in orders()]
    rows: Counter[IncidentRow] = Counter()
    rows.update((INCIDENT_TYPES[fate], "ACTIVE") for fate in fates if fate in INCIDENT_TYPES)
    rows.update((RESOLVED_INCIDENT_TYPES[fate], "RESOLVED") for fate in fates if fate in RESOLVED_INCIDENT_TYPES)
    for invoice in invoices():
        if invoice.sending_fails:
            rows["JOB_NO_RETRIES", "RESOLVED" if invoice.is_sent_again else "ACTIVE"] += 1
    for wholesale in wholesales():
        if wholesale.fate is WholesaleFate.NO_SUCH_PROCESS:
            rows["CALLED_ELEMENT_ERROR", "ACTIVE"] += 1
        if wholesale.fate is WholesaleFate.OVER_LIMIT:
            rows["DECISION_EVALUATION_ERROR", "ACTIVE"] += 1
    return rows


def expected_decision_instances() -> Counter[str]:
    """Return how many evaluations there are of each decision; to rate is to find the band first."""
    rows = Counter(decision for decision, _ in evaluations())
    rows["discount"] += 1  # version 1, asked for by its key
    rows["discount"] += len(orders()) + sum(wholesale.children for wholesale in wholesales())
    rows["limit"] += len(wholesales())
    rows["rate"] += sum(loan.is_rated for loan in loans())
    rows["band"] = rows["rate"]
    return rows
