"""Calls that go on, memos as they are typed"""

import sqlalchemy as sa
from alembic import op

revision = "host_0003"
down_revision = "host_0002"
branch_labels = None
depends_on = None

GOING_ON = sa.text("state <> 'ended'")
UNTOLD = sa.text("tell_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_calls_going_on", "calls", ["started_at"], sqlite_where=GOING_ON, postgresql_where=GOING_ON)
    op.add_column("memos", sa.Column("tell_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_memos_untold", "memos", ["tell_at"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)


def downgrade() -> None:
    op.drop_index("ix_memos_untold", table_name="memos")
    op.drop_column("memos", "tell_at")
    op.drop_index("ix_calls_going_on", table_name="calls")
