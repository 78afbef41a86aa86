"""What the demo says on the terminal: its progress, and where to go when it is up."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

console = Console(highlight=False)


def step(text: str) -> None:
    console.print(f"[cyan]•[/] {text}")


def complain(text: str) -> None:
    first, _, rest = text.partition("\n")
    console.print(f"[bold red]{first}[/]", soft_wrap=True)
    if rest:
        console.print(rest, markup=False, soft_wrap=True)


def welcome(url: str, logins: list[tuple[str, str]], password: str, org_url: str) -> None:
    """The box with the address and the logins."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]Open[/]", f"[bold green]{url}[/]")
    for email, what in logins:
        table.add_row("Log in as", f"[bold]{email}[/]  [dim]{what}[/]")
    table.add_row("Password", f"[bold]{password}[/]  [dim](the same for all)[/]")
    table.add_row("Salesforce", f"{org_url}  [dim](the sandbox org it is connected with)[/]")
    console.print(Panel(table, title="Tsunagu is running", border_style="green", expand=False))
    console.print("Recorded calls come in now; each gets its name from the org. [bold]Ctrl-C[/] ends everything.")
