"""Data flows one way: each room may import only the rooms named here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED: dict[str, str] = {
    "errors": "",
    "built": "graph",
    "limits": "",
    "cache": "",
    "sidefile": "",
    "remote": "errors",
    "crash": "limits model",
    "model": "errors",
    "intake": "errors sidefile model",
    "syntax": "errors model",
    "kernel": "errors sidefile model",
    "graph": "model syntax",
    "domain": "model kernel",
    "trace": "model domain",
    "words": "model syntax kernel graph domain trace",
    "engine": "errors limits model kernel graph domain trace words",
    "rule": "errors model kernel domain trace",
    "run": "errors limits cache crash model intake syntax kernel graph domain trace words engine rule",
    "fix": "model",
    "kit": "errors model kernel syntax words rule run",
    "policy": "errors sidefile",
    "report": "model",
    "archive": "errors limits cache model intake rule run policy report",
    "serve": "errors limits model kernel rule fix report",
    "cli": "built errors limits cache crash sidefile remote model intake kernel rule run kit fix policy report serve"
    " archive",
    "dev": "errors model rule run kernel syntax kit cli",
    "__main__": "cli",
    "__init__": "",
}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module) for every import of a file, the lazy ones too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            if module == "anonlint":  # from anonlint import registry
                yield from ((node.lineno, f"anonlint.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


def violations(root: Path) -> list[str]:
    """Return a line for each import that goes the wrong way."""
    found = []
    for path in sorted((root / "anonlint").rglob("*.py")):
        room = path.relative_to(root / "anonlint").parts[0].removesuffix(".py")
        allowed = {room, "__version__", *ALLOWED[room].split()}
        for line, module in imports(path):
            parts = module.split(".")
            if (parts[0] == "anonlint" and parts[1] not in allowed) or parts[0] == "anonlint_rules":
                found.append(f"{path.relative_to(root)}:{line}: {room} must not import {module}")
    for path in sorted((root / "rules" / "anonlint_rules").rglob("*.py")):
        for line, module in imports(path):
            if module.startswith("anonlint") and not module.startswith(
                ("anonlint.rule.plugin", "anonlint.model", "anonlint_rules")
            ):
                found.append(f"{path.relative_to(root)}:{line}: rules must not import {module}")
    return found


def test_imports_point_one_way() -> None:
    assert not violations(ROOT)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("anonlint/model/x.py", "def f():\n    from anonlint.report import text\n"),
        ("anonlint/rule/plugin.py", "from anonlint import cli\n"),
        ("rules/anonlint_rules/x.py", "import anonlint.domain.state\n"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, path: str, text: str) -> None:
    target = tmp_path / path
    target.parent.mkdir(parents=True)
    target.write_text(text)
    assert len(violations(tmp_path)) == 1


def test_only_the_command_line_exits() -> None:
    for path in sorted((ROOT / "anonlint").rglob("*.py")):
        if path.relative_to(ROOT / "anonlint").parts[0] not in ("cli", "dev"):
            text = path.read_text()
            catches = path.name == "outside.py"  # somebody else's module may try to
            assert "sys.exit(" not in text and ("SystemExit" not in text or catches), path


def test_no_file_grows_beyond_400_lines() -> None:
    folders = ("anonlint", "rules", "tests", "bench")
    sizes = {
        str(path.relative_to(ROOT)): path.read_bytes().count(b"\n")
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }
    assert not {path: size for path, size in sizes.items() if size > 400}


def modules() -> dict[str, set[str]]:
    """Return each module's imports of others, those within functions and for types, too."""
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / "anonlint").rglob("*.py"))
    }
    found: dict[str, set[str]] = {}
    for name, path in files.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= (whole & files.keys()) or ({node.module} & files.keys())
    return found


def test_no_two_modules_import_each_other() -> None:
    imports = modules()

    def reached(name: str, seen: set[str]) -> set[str]:
        for other in imports[name] - seen:
            seen.add(other)
            reached(other, seen)
        return seen

    assert not [name for name in imports if name in reached(name, set())]


def test_execution_reads_nothing_that_it_has_recorded() -> None:
    """Words and engine only add to facts; what a path depends on is in its state."""
    wrong = []
    for folder in ("words", "engine"):
        for path in sorted((ROOT / "anonlint" / folder).glob("*.py")):
            tree = ast.parse(path.read_bytes())
            adders = {
                id(node.func.value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("add", "update")
            }
            called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            facts = ("m.facts", "self.machine.facts")
            seen = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) in facts]
            read = [node for node in seen if id(node) not in adders | called]
            wrong += [f"{path.name}:{node.lineno}: {ast.unparse(node)}" for node in read]
    assert not wrong
