"""The rules of the house: imports go one way, no GPU packages, small modules, no stray words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("api", "evaluation", "matcher", "models", "policies")
MAX_LINES = 400


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_imports_go_one_way() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_no_gpu_packages_are_installed() -> None:
    names = {(d.metadata["Name"] or "").lower() for d in metadata.distributions()}
    assert [name for name in sorted(names) if re.match(r"(nvidia|cuda|triton)", name)] == []


def test_the_base_install_needs_no_learning_library() -> None:
    heavy = {"torch", "sentence-transformers", "faiss-cpu", "onnxruntime", "scikit-learn", "pandas"}
    required = metadata.requires("policymatch") or []
    base = {re.split(r"[ ;<>=!\[]", line)[0].lower() for line in required if "extra ==" not in line}
    assert base & heavy == set()
    assert [line for line in required if line.lower().startswith("torch") and "<2.14" not in line.replace(" ", "")] == []


def test_packages_are_listed() -> None:
    import tomllib

    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in modules() if path.name == "__init__.py"}
    assert found == listed


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_LINES
    assert ast.get_docstring(ast.parse(text))
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_command_line_starts_light() -> None:
    code = "import sys, api.cli.main; print(' '.join(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    heavy = {"fastapi", "pydantic", "jinja2", "uvicorn", "numpy", "rich", "sklearn", "torch", "faiss", "matcher.rules"}
    assert heavy & set(loaded) == set()


def test_the_product_speaks_of_itself_only() -> None:
    """No machine paths, no package-index hosts in what is shipped."""
    forbidden = re.compile(r"/work/|/root/|pypi\.org|registry\.npmjs|files\.pythonhosted")
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split("\n")
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".csv", ".jsonl", ".html", ".css", ".txt", ".yml"} and path != Path(__file__):
            found += [f"{name}: {hit}" for hit in forbidden.findall(path.read_text(encoding="utf-8", errors="replace"))]
    assert found == []
