"""What each worker knows of installed plugins"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "host_0006"
down_revision = "host_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "workers", sa.Column("installed", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("workers", "installed")
