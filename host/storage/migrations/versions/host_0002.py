"""Runs of jobs, alarms, mails"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from host.domain.reasons import STOPPED, reason_of
from host.sentences import read

revision = "host_0002"
down_revision = "host_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("reason", sa.String(length=40), nullable=False, server_default=""))
    _name_reasons(op.get_bind())
    op.create_index(
        "ix_deliveries_reason",
        "deliveries",
        ["plugin", "reason", "id", "state"],
        unique=False,
        sqlite_where=sa.text("reason <> ''"),
        postgresql_where=sa.text("reason <> ''"),
    )
    op.add_column("deliveries", sa.Column("aside_key", sa.String(length=64), nullable=True))
    op.create_table(
        "ended_sessions",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_ended_sessions")),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_text", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(
        "uq_alarms_standing",
        "alarms",
        ["plugin", "key"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("parked_for", sa.String(length=20), nullable=True),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("bugs", sa.Integer(), nullable=False),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("tries_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("api_calls", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("plugin", "job", "slot", name=op.f("uq_job_runs_plugin_job_slot")),
    )
    op.create_index("ix_job_runs_newest", "job_runs", ["plugin", "job", "id"], unique=False)
    op.create_index(
        "uq_job_runs_not_over",
        "job_runs",
        ["plugin", "job"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "job_clocks",
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("reached", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "job", name=op.f("pk_job_clocks")),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_state_due", "mails", ["state", "due_at"], unique=False)


def _name_reasons(connection: sa.Connection) -> None:
    """Give what is stopped now the key of its reason."""
    deliveries = sa.table("deliveries", *map(sa.column, ("id", "state", "parked_for", "message", "reason")))
    told = (deliveries.c.id, deliveries.c.state, deliveries.c.parked_for, deliveries.c.message)
    rows = connection.execute(sa.select(*told).where(deliveries.c.state.in_(STOPPED))).all()
    named = [{"of": row.id, "key": reason_of(row.state, row.parked_for, read(row.message))} for row in rows]
    if named:
        set_reason = sa.update(deliveries).where(deliveries.c.id == sa.bindparam("of")).values(reason=sa.bindparam("key"))
        connection.execute(set_reason, named)


def downgrade() -> None:
    op.drop_table("ended_sessions")
    op.drop_index(
        "ix_deliveries_reason",
        table_name="deliveries",
        sqlite_where=sa.text("reason <> ''"),
        postgresql_where=sa.text("reason <> ''"),
    )
    op.drop_column("deliveries", "reason")
    op.drop_column("deliveries", "aside_key")
    op.drop_index("ix_mails_state_due", table_name="mails")
    op.drop_table("mails")
    op.drop_table("job_clocks")
    op.drop_index("ix_job_runs_newest", table_name="job_runs")
    op.drop_index(
        "uq_job_runs_not_over",
        table_name="job_runs",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_table("job_runs")
    op.drop_index(
        "uq_alarms_standing",
        table_name="alarms",
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.drop_table("alarms")
