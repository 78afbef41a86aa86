"""`tsunagu plugins new`: writes a plugin that works, to begin with."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("new")
@click.argument("name")
@click.option("--directory", type=click.Path(path_type=Path), help="The folder to make; default: ./NAME.")
def new(name: str, directory: Path | None) -> None:
    """Write a working plugin with tests, to be changed into your own."""
    from host.testing.skeleton.writing import SkeletonRefused, write_skeleton

    folder = directory or Path(name)
    try:
        written = write_skeleton(name, folder)
    except SkeletonRefused as refused:
        raise click.ClickException(str(refused)) from None
    for path in written:
        click.echo(path)
    click.echo(f"\nNow: cd {folder} && pip install -e '.[test]' && pytest && tsunagu plugins check {name}", err=True)
