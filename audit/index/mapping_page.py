"""Write the table of fields in `index_mappings/README.md`: `python -m audit.index.mapping_page`."""

from audit.index.mapping import FOLDER, IndexMapping, load_mapping

_BEGIN = "<!-- made by: python -m audit.index.mapping_page -->"
_END = "<!-- end -->"


def fields_table(mapping: IndexMapping) -> str:
    """Return the fields as a Markdown table, in the mapping's order."""
    lines = ["| field | type | means |", "| --- | --- | --- |"]
    for path, field in mapping.fields.items():
        kind = f"{field.kind} (nested)" if field.nested else field.kind
        lines.append(f"| `{path}` | {kind} | {mapping.meanings[path]} |")
    return "\n".join(lines)


def with_table(page: str, table: str) -> str:
    """Put the table between the page's marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table}\n{_END}{after}"


def main() -> None:
    path = FOLDER / "README.md"
    page = path.read_text(encoding="utf-8")
    path.write_text(with_table(page, fields_table(load_mapping("ads"))), encoding="utf-8")


if __name__ == "__main__":
    main()
