"""The Task of each call: where it stands, and what was written into it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "salesforce_0002"
down_revision = "salesforce_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "salesforce_tasks",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("org", sa.String(length=15), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("task_id", sa.String(length=18), nullable=True),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("pending", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_salesforce_tasks")),
    )


def downgrade() -> None:
    """Drop the table and what is in it."""
    op.drop_table("salesforce_tasks")
