"""Records that people chose for numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "salesforce_0003"
down_revision = "salesforce_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "salesforce_pins",
        sa.Column("org", sa.String(length=15), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("chosen_by", sa.String(length=254), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("org", "number", name=op.f("pk_salesforce_pins")),
    )


def downgrade() -> None:
    """Drop the table and what is in it."""
    op.drop_table("salesforce_pins")
