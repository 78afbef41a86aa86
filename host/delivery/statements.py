"""The statements of delivering, built once: they run for every delivery."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, func, insert, select, update

from host.domain.settlement import UNFINISHED, DeliveryState
from host.storage.tables import analyses, calls, deliveries, delivery_attempts, facts, memos, workers

CLAIMABLE = (DeliveryState.WAITING, DeliveryState.RETRYING)
# of_plugin, of_hooks, most → the calls of deliveries that nobody runs now, each once, oldest first
BACKLOG = (
    select(deliveries.c.call_id)
    .where(deliveries.c.plugin == bindparam("of_plugin"), deliveries.c.state.in_(CLAIMABLE))
    .where(deliveries.c.hook.in_(bindparam("of_hooks", expanding=True)))
    .group_by(deliveries.c.call_id)
    .order_by(func.min(deliveries.c.id))
    .limit(bindparam("most"))
)

# of_plugin, of_call → the unfinished deliveries of the pair with their facts, oldest first
UNFINISHED_OF_PAIR = (
    select(deliveries, facts.c.detail, facts.c.occurred_at)
    .join_from(deliveries, facts, facts.c.id == deliveries.c.fact_id)
    .where(deliveries.c.plugin == bindparam("of_plugin"), deliveries.c.call_id == bindparam("of_call"))
    .where(deliveries.c.state.in_(sorted(UNFINISHED)))
    .order_by(deliveries.c.id)
)

# the_id, by_worker and the new values → one row, if nobody else took it and the worker was not taken for dead
CLAIM = update(deliveries).where(
    deliveries.c.id == bindparam("the_id"),
    deliveries.c.state.in_(CLAIMABLE),
    exists().where(workers.c.executor_id == bindparam("by_worker")),
)
OPEN_ATTEMPT = insert(delivery_attempts).returning(delivery_attempts.c.id)

# the_id, the_claim, spent and the new values → one row, if the claim still holds
SETTLE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("the_id"), deliveries.c.claim == bindparam("the_claim"))
    .values(
        api_calls=deliveries.c.api_calls + bindparam("spent"),
        **{name: bindparam(name) for name in ("state", "parked_for", "message", "reason", "due_at", "updated_at")},
        claim=None,
    )
)
CLOSE_ATTEMPT = update(delivery_attempts).where(delivery_attempts.c.id == bindparam("the_id"))

# of_call → the rows an event is built from
CALL = select(calls).where(calls.c.id == bindparam("of_call"))
MEMO = select(memos).where(memos.c.call_id == bindparam("of_call"))
ANALYSIS = select(analyses).where(analyses.c.call_id == bindparam("of_call"))
