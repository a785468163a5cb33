"""Play the scenario: deploy, start, work, fail, cancel, until everything stands as `scenario` says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.support.plain_reader import Truth

from . import scenario
from .engine import PATIENCE, Engine, Job
from .scenario import Invoice, Order, OrderFate, Variables, WholesaleFate
from .zeebe_and_operate import PARTITIONS

DRAWINGS = Path(__file__).parents[1] / "data" / "models"
# One after the other: versions of one process or decision cannot be deployed together.
DEPLOYMENTS = (
    ("order_1.bpmn", "discount_1.dmn"),
    ("order_2.bpmn",),
    (
        *("order_3.bpmn", "shipping.bpmn", "tick.bpmn", "loan.bpmn", "invoice.bpmn", "wholesale.bpmn"),
        *("discount_2.dmn", "rating.dmn"),
    ),
)


def fill(base_url: str) -> None:
    """Create all data of the scenario; Operate shows it a few seconds later (see `at_rest`)."""
    with Engine(base_url) as engine, Truth(base_url) as truth:
        deploy(engine)
        ticks = scenario.ticks()
        start_ticks_until_every_partition_knows_them(engine, ticks)
        orders = play_orders_and_wholesales(engine)
        invoices = play_invoices(engine)
        play_loans(engine)
        evaluate_decisions(engine)
        # Last: while these are made, Operate finds the incidents that are then mended.
        start_ticks(engine, ticks)
        mend(engine, truth, orders, invoices)


def deploy(engine: Engine) -> None:
    first_discount = None
    for files in DEPLOYMENTS:
        deployed = engine.deploy(*(DRAWINGS / file for file in files))
        decisions = [part["decisionDefinition"] for part in deployed if "decisionDefinition" in part]
        first_discount = first_discount or decisions[0]["decisionDefinitionKey"]
    engine.evaluate({"amount": 101}, decisionDefinitionKey=first_discount)


def start_ticks_until_every_partition_knows_them(engine: Engine, ticks: list[Variables]) -> None:
    """Start ticks, taking them from the list, until each partition made one.

    Partitions hear of a deployment one after the other; who has a tick has all of the last deployment. An order that
    came too early would be decided by the old version of the decision.
    """
    partitions: set[int] = set()
    while len(partitions) < PARTITIONS:
        some = [ticks.pop() for _ in range(20)]
        partitions.update(key >> 51 for key in start_ticks(engine, some))


def start_ticks(engine: Engine, ticks: list[Variables]) -> list[int]:
    return engine.in_parallel(lambda variables: engine.start(scenario.TICK, variables), ticks)


def play_loans(engine: Engine) -> None:
    by_reference = {loan.reference: loan for loan in scenario.loans()}
    loans = list(by_reference.values())
    keys = engine.in_parallel(lambda loan: engine.start(scenario.LOAN, loan.variables), loans)

    def check(job: Job) -> None:
        if by_reference[job["variables"]["ref"]].check_fails:
            engine.throw_error(job, "CHECK", "The document is not readable.")
        else:
            engine.complete(job, {"ok": True})

    engine.work("check", sum(len(loan.documents) for loan in loans), check, "ref")
    engine.in_parallel(
        lambda loan: engine.publish("papers", loan.reference, {"papers": loan.number}),
        [loan for loan in loans if loan.papers_come],
    )
    engine.in_parallel(engine.cancel, [key for key, loan in zip(keys, loans, strict=True) if loan.is_canceled])


def play_invoices(engine: Engine) -> dict[int, Invoice]:
    by_id = {invoice.id: invoice for invoice in scenario.invoices()}
    invoices = list(by_id.values())
    keys = engine.in_parallel(lambda invoice: engine.start(scenario.INVOICE, invoice.variables), invoices)

    def send(job: Job) -> None:
        if by_id[job["variables"]["invoice_id"]].sending_fails:
            engine.fail(job, "mailbox full\nsecond line " + "…" * 2000)
        else:
            engine.complete(job)

    def book(job: Job) -> None:
        if by_id[job["variables"]["invoice_id"]].is_booked:
            engine.complete(job, {"booked": True})

    paid = [invoice for invoice in invoices if invoice.is_paid]
    engine.work("send", len(invoices), send, "invoice_id")
    engine.in_parallel(lambda invoice: engine.publish("payment", invoice.id, {"paid": invoice.number}), paid)
    engine.work("io.camunda.zeebe:userTask", len(paid), book, "invoice_id")
    return dict(zip(keys, invoices, strict=True))


def play_orders_and_wholesales(engine: Engine) -> dict[int, Order]:
    orders, wholesales = scenario.orders(), scenario.wholesales()
    fates = {order.id: order.fate for order in orders}
    order_keys = engine.in_parallel(lambda order: engine.start(scenario.ORDER, order.variables, order.version), orders)
    wholesale_keys = engine.in_parallel(
        lambda wholesale: engine.start(scenario.WHOLESALE, wholesale.variables), wholesales
    )
    grandchildren = sum(wholesale.children for wholesale in wholesales if wholesale.fate is WholesaleFate.SHIPPING)

    def charge(job: Job) -> None:
        fate = fates.get(job["variables"]["order_id"], OrderFate.PACKING)  # unknown: a wholesale's
        if fate in scenario.CHARGE_FAILS:
            engine.fail(job, "Card declined: Größe > Limit")
        elif fate in scenario.CHARGED:
            engine.complete(job, {"charged": True, "receipt": {"for": job["variables"]["order_id"]}})
        elif fate is OrderFate.UNKNOWN_ERROR:
            engine.throw_error(job, "NO_SUCH_ERROR", "Nothing catches this.")

    def pack(job: Job) -> None:
        fate = fates.get(job["variables"]["order_id"], OrderFate.PACKING)
        if fate is OrderFate.SHIPPED:
            engine.complete(job)
        elif fate is OrderFate.DAMAGED:
            engine.fail(job, "Parcel damaged")

    charges = [fate for fate in fates.values() if fate in scenario.REACH_CHARGING]
    packings = [fate for fate in fates.values() if fate in scenario.CHARGED - {OrderFate.RETRIED}]
    engine.work("charge", len(charges) + grandchildren, charge, "order_id")
    engine.work("pack", len(packings) + grandchildren, pack, "order_id")
    engine.in_parallel(
        engine.cancel,
        [key for key, order in zip(order_keys, orders, strict=True) if order.fate in scenario.CANCELED]
        + [key for key, wholesale in zip(wholesale_keys, wholesales, strict=True) if wholesale.is_canceled],
    )
    return dict(zip(order_keys, orders, strict=True))


def evaluate_decisions(engine: Engine) -> None:
    engine.in_parallel(lambda asked: engine.evaluate(asked[1], decisionDefinitionId=asked[0]), scenario.evaluations())


def mend(engine: Engine, truth: Truth, orders: dict[int, Order], invoices: dict[int, Invoice]) -> None:
    """Do what an operator does: look incidents up in Operate, put right what was wrong, resolve them."""
    retried = {key for key, order in orders.items() if order.fate is OrderFate.RETRIED}
    amended = {key for key, order in orders.items() if order.fate is OrderFate.AMENDED}
    sent_again = {key for key, invoice in invoices.items() if invoice.is_sent_again}

    def resolve(incident: dict[str, Any]) -> None:
        if incident["processInstanceKey"] in amended:
            engine.set_variables(incident["processInstanceKey"], {"amount": 10})
        else:
            engine.set_retries(incident["jobKey"], 1)
        engine.resolve(incident["key"])

    engine.in_parallel(resolve, incidents_of(retried | amended | sent_again, truth))
    engine.work("send", len(sent_again), engine.complete)
    engine.work("charge", len(retried), lambda job: engine.complete(job, {"charged": True}))
    engine.work("pack", len(retried), engine.complete)


def incidents_of(process_instances: set[int], truth: Truth) -> list[dict[str, Any]]:
    """Return the one incident of each of the instances, as soon as Operate shows all of them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [row for row in truth.rows("incidents") if row["processInstanceKey"] in process_instances]
        if len(found) == len(process_instances):
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"Operate shows {len(found)} of {len(process_instances)} incidents.")
        time.sleep(0.2)
