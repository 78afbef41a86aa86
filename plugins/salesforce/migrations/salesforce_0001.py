"""Numbers that are never sent to Salesforce; API calls by hour and purpose; where the org's daily limit stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "salesforce_0001"
down_revision = None
branch_labels = ("salesforce",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "salesforce_do_not_sync",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("added_by", sa.String(length=254), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_salesforce_do_not_sync")),
    )
    op.create_table(
        "salesforce_api_usage",
        sa.Column("org", sa.String(length=15), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("looked_up", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org", "hour", "purpose", name=op.f("pk_salesforce_api_usage")),
    )
    op.create_table(
        "salesforce_api_hours",
        sa.Column("org", sa.String(length=15), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org", "hour", name=op.f("pk_salesforce_api_hours")),
    )
    op.create_table(
        "salesforce_api_state",
        sa.Column("org", sa.String(length=15), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_salesforce_api_state")),
    )


def downgrade() -> None:
    """Drop the tables and what is in them."""
    op.drop_table("salesforce_api_state")
    op.drop_table("salesforce_api_hours")
    op.drop_table("salesforce_api_usage")
    op.drop_table("salesforce_do_not_sync")
