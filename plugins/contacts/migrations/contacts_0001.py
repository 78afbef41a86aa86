"""The contact book: entries by number, and files that wait for their import to be confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "contacts_0001"
down_revision = None
branch_labels = ("contacts",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "contacts_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("company", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record_object", sa.String(length=100), nullable=True),
        sa.Column("record_id", sa.String(length=100), nullable=True),
        sa.Column("record_url", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("sort_text", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts_entries")),
        sa.UniqueConstraint("number", name=op.f("uq_contacts_entries_number")),
    )
    op.create_index("ix_contacts_entries_sort_text_id", "contacts_entries", ["sort_text", "id"])
    op.create_table(
        "contacts_imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts_imports")),
    )
    op.create_index(op.f("ix_contacts_imports_created_at"), "contacts_imports", ["created_at"])


def downgrade() -> None:
    """Drop the tables and what is in them."""
    op.drop_table("contacts_imports")
    op.drop_table("contacts_entries")
