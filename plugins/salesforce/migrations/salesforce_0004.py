"""Look-ups made when a call begins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "salesforce_0004"
down_revision = "salesforce_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "salesforce_call_starts",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("org", sa.String(length=15), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("record_id", sa.String(length=18), nullable=True),
        sa.Column("person_contact", sa.String(length=18), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_salesforce_call_starts")),
    )


def downgrade() -> None:
    """Drop the table and what is in it."""
    op.drop_table("salesforce_call_starts")
