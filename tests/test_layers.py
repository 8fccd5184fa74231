"""Who may import whom (docs/architecture.md, "Rooms"): read from the imports, not from promises."""

import ast
import re
from pathlib import Path

import pytest

FORBIDDEN: dict[str, frozenset[str]] = {
    "crawler": frozenset({"classifier", "audit", "django", "elasticsearch", "tantivy", "sqlite3"}),
    "classifier": frozenset(
        {
            "crawler",
            "audit",
            "django",
            "elasticsearch",
            "scrapy",
            "socket",
            "requests",
            "http",
            "urllib",
            "time",
        }
    ),
}


def _imports(tree: ast.AST) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.lineno, node.module))
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found.append((node.lineno, str(node.args[0].value)))
    return found


def forbidden_imports(root: Path) -> list[str]:
    """Return `file:line imports module` for each import that runs against the arrows."""
    wrong = []
    for room, forbidden in FORBIDDEN.items():
        for file in sorted((root / room).rglob("*.py")):
            for line, module in _imports(ast.parse(file.read_text(encoding="utf-8"))):
                if module.split(".")[0] in forbidden:
                    wrong.append(f"{file.relative_to(root)}:{line} imports {module}")
    return wrong


def test_imports_follow_the_arrows(project_folder: Path) -> None:
    assert forbidden_imports(project_folder) == []


@pytest.mark.parametrize(
    "line",
    [
        "import audit.ingest",
        "from classifier.assess import assess",
        "if True:\n    from classifier import records",
        "import importlib\nimportlib.import_module('classifier.rules')",
    ],
    ids=["import", "from", "nested", "by-name"],
)
def test_planted_import_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "crawler").mkdir()
    (tmp_path / "classifier").mkdir()
    (tmp_path / "crawler" / "planted.py").write_text(line + "\n", encoding="utf-8")

    found = forbidden_imports(tmp_path)

    assert len(found) == 1
    assert found[0].startswith("crawler/planted.py:")


def test_index_mappings_hold_no_code(project_folder: Path) -> None:
    assert list((project_folder / "index_mappings").rglob("*.py")) == []


@pytest.mark.parametrize("room", ["crawler", "classifier", "audit"])
def test_no_module_shadows_a_folder(project_folder: Path, room: str) -> None:
    clashes = [
        file for file in (project_folder / room).rglob("*.py") if file.with_suffix("").is_dir()
    ]
    assert clashes == []


@pytest.mark.parametrize("room", ["crawler", "classifier", "audit"])
def test_no_catch_all_modules(project_folder: Path, room: str) -> None:
    names = {file.stem for file in (project_folder / room).rglob("*.py")}
    assert names.isdisjoint({"utils", "helpers", "common", "manager", "misc"})


def test_code_holds_no_article_numbers(project_folder: Path) -> None:
    article = re.compile(r"第[一二三四五六七八九十百零\d]+条")
    wrong = [
        f"{file.relative_to(project_folder)}"
        for room in ("crawler", "classifier", "audit")
        for file in (project_folder / room).rglob("*.py")
        if article.search(file.read_text(encoding="utf-8"))
    ]
    assert wrong == []
