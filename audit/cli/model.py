"""`jianwei model`: train the model, and judge the chain by the gold texts."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from audit.cli.later import not_built_yet
from classifier.errors import ModelError
from classifier.labels import load_labels


@click.group()
def model_command() -> None:
    """Train the model and judge the whole chain by the gold texts."""


@model_command.command("train")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for model.npz and model.json; the package's own by default.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day written into the card; today by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the card.")
def train_command(out: Path | None, day: datetime | None, as_json: bool) -> None:
    """Fit on classifier/data/train and write the model and its card (about a minute)."""
    try:
        from classifier.train import train
    except ImportError as error:
        raise ModelError(
            f"Training needs {error.name}. Install it with: pip install 'jianwei[train]'."
        ) from error
    from classifier.model import MODEL_FOLDER

    folder = MODEL_FOLDER if out is None else out
    if not as_json:
        click.echo("Training; this takes about a minute …", err=True)
    card = train(out=folder, on=(day or datetime.now(UTC)).date())
    if as_json:
        click.echo(json.dumps(card, ensure_ascii=False, indent=1))
        return
    click.echo(f"{'标签':<24}{'篇数':>6}{'AUC':>8}{'F1':>8}   （留出写作者与来源）")
    for label, row in card["held_out"].items():
        mark = "" if label in card["labels"] else "   不采用"
        click.echo(f"{label:<26}{row['positives']:>6}{row['auc']:>9.3f}{row['f1']:>8.3f}{mark}")
    click.echo(f"已写入 {folder}。接着运行：jianwei model evaluate --gate")


@model_command.command("evaluate")
@click.option("--gate", is_flag=True, help="Exit 1 when a floor is missed or the texts changed.")
@click.option("--pin", "pin_floors", is_flag=True, help="Write new floors from this result.")
@click.option("--allow-regression", is_flag=True, help="With --pin: let floors fall.")
@click.option(
    "--gold",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder with gold.jsonl and floors.json; tests/gold by default.",
)
@click.option(
    "--model", "model_folder", type=click.Path(path_type=Path), help="Judge with another model."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def evaluate_command(
    gate: bool,
    pin_floors: bool,
    allow_regression: bool,
    gold: Path | None,
    model_folder: Path | None,
    as_json: bool,
) -> None:
    """Assess the gold texts with rules, model and merge; compare with their labels."""
    from classifier.assess import Classifier
    from classifier.evaluate import GOLD_FOLDER, evaluate, misses, pin, read_floors
    from classifier.model import Model
    from classifier.normalise import VERSION

    folder = GOLD_FOLDER if gold is None else gold
    trained_on = Model.load(model_folder).card_.get("versions", {}).get("normaliser")
    if trained_on != VERSION:
        click.echo(
            f"jianwei: the model was trained with normaliser {trained_on!r}, this is {VERSION!r}; "
            "run 'jianwei model train'.",
            err=True,
        )
    report = evaluate(folder, classifier=Classifier.load(model_folder))
    if pin_floors:
        pin(report, folder=folder, allow_regression=allow_regression)
    lines = misses(report, read_floors(folder)) if gate else []
    if as_json:
        click.echo(json.dumps({**report.to_dict(), "misses": lines}, ensure_ascii=False, indent=1))
    else:
        click.echo(f"{report.texts} 篇；模型 {report.model_version}；规则 {report.rules_version}")
        click.echo(f"{'标签':<24}{'篇数':>6}{'精确率':>8}{'召回率':>7}{'F1':>8}")
        for label, tally in report.tallies.items():
            name = load_labels().zh(label) if label in load_labels() else "需要复核"
            click.echo(
                f"{label:<26}{tally.right + tally.missed:>6}{tally.precision:>10.3f}"
                f"{tally.recall:>10.3f}{tally.f1:>9.3f}  {name}"
            )
    for line in lines:
        click.echo(f"jianwei: {line}", err=True)
    if lines:
        sys.exit(1)
    if gate and not as_json:
        click.echo("评测关口通过。")


model_command.add_command(not_built_yet("model use", "Choose the model that judges."), "use")
model_command.add_command(not_built_yet("model list", "List the trained models."), "list")
