"""What the host keeps for plugins: order, names not shown, links, API calls spent, counters, health"""

import sqlalchemy as sa
from alembic import op

revision = "host_0004"
down_revision = "host_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_order",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plugin_order")),
    )
    op.create_table(
        "name_claims",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("company", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("record_object", sa.String(length=100), nullable=True),
        sa.Column("record_id", sa.String(length=100), nullable=True),
        sa.Column("record_url", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", "plugin", name=op.f("pk_name_claims")),
    )
    op.create_table(
        "plugin_links",
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("local_id", sa.String(length=100), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "kind", "local_id", name=op.f("pk_plugin_links")),
    )
    op.create_index("ix_plugin_links_crm_id", "plugin_links", ["plugin", "kind", "crm_id"], unique=False)
    op.create_table(
        "plugin_spent",
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "day", name=op.f("pk_plugin_spent")),
    )
    op.create_table(
        "plugin_counters",
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("labels", sa.String(length=500), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "name", "labels", name=op.f("pk_plugin_counters")),
    )
    op.create_table(
        "plugin_health",
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "name", name=op.f("pk_plugin_health")),
    )


def downgrade() -> None:
    op.drop_table("plugin_health")
    op.drop_table("plugin_counters")
    op.drop_table("plugin_spent")
    op.drop_index("ix_plugin_links_crm_id", table_name="plugin_links")
    op.drop_table("plugin_links")
    op.drop_table("name_claims")
    op.drop_table("plugin_order")
