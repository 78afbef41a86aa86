"""The baseline of `ingest`: a bare Flask application that inserts one row with SQLAlchemy Core, and does nothing else."""

from __future__ import annotations

import os

from flask import Flask, request
from sqlalchemy import JSON, Column, DateTime, Integer, MetaData, Table, func, insert

from host.storage.engine import Database

metadata = MetaData()
posts = Table(
    "posts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("received_at", DateTime, server_default=func.now()),
)


def create_app() -> Flask:
    """One route, on the database that BENCH_DATABASE_URL names."""
    app = Flask("bare")
    database = Database(os.environ["BENCH_DATABASE_URL"])

    @app.post("/posts")
    def take() -> dict[str, bool]:
        with database.writing() as connection:
            connection.execute(insert(posts).values(body=request.get_json()))
        return {"taken": True}

    return app
