"""fireline drill: make the bundled exercise outbreak as a folder of files."""

from __future__ import annotations

from pathlib import Path

import typer

from fireline.cli import new_app, print_json
from fireline.cli.progress import Bar

app = new_app("Make an invented outbreak in an invented county.")


@app.callback()
def _group() -> None:
    """Make an invented outbreak in an invented county."""


@app.command("generate", epilog="Example: fireline drill generate my-exercise --seed 7")
def generate_command(
    folder: Path = typer.Argument(..., help="New or empty folder, or one that a former exercise filled."),
    seed: int = typer.Option(8, "--seed", min=0, help="The same seed gives the same exercise."),
    people: int = typer.Option(100_000, "--people", min=2_000, max=500_000, help="People in the county."),
    as_json: bool = typer.Option(False, "--json", help="Print the rows of each table as JSON."),
) -> None:
    """Write the exercise into FOLDER: 22 townships, one outbreak, everything invented, with a feeds.toml."""
    import numpy as np

    from fireline.drill.write import generate, write_folder

    with Bar("drill", is_quiet=as_json) as bar:
        bar.update(0.1, "county and outbreak")
        rng = np.random.default_rng(seed)
        tables = generate(n_people=people, rng=rng)
        bar.update(0.9, "writing")
        files = write_folder(tables, folder, seed=seed, n_people=people)
    rows = {name: table.height for name, table in tables.items()}
    if as_json:
        print_json({"folder": str(folder.absolute()), "seed": seed, "people": people, "rows": rows})
        return
    for name, n in rows.items():
        typer.echo(f"  {name:<14} {n:>9,}")
    typer.echo(f"{len(files)} files in {folder.absolute()}; next: fireline run {folder}")
