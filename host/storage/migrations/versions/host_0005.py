"""Plugins in processes of their own, as an admin chose"""

import sqlalchemy as sa
from alembic import op

revision = "host_0005"
down_revision = "host_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_processes",
        sa.Column("plugin", sa.String(length=64), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name="pk_plugin_processes"),
    )


def downgrade() -> None:
    op.drop_table("plugin_processes")
