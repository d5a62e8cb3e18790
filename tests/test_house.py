"""The house keeps its shape: sizes, names, places."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from tests.conftest import ROOT

PACKAGES = ("zhihu_crawler", "spiders", "pipelines")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
SCRIPTS = sorted((ROOT / "benchmarks").glob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SPIDERS = [path for path in sorted((ROOT / "spiders").glob("*.py")) if not path.stem.startswith("_")]
BOUNDED = re.compile(r"[a-z0-9-]+(>=[\d.]+,<[\d.]+|==[\d.]+(a\d+)?)( ;[^#]+)? +# .+")
MAX_LINES_A_FILE = 250
MAX_LINES_A_FUNCTION = 30


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*SOURCES, *SCRIPTS], ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES_A_FILE


@pytest.mark.parametrize("path", [*SOURCES, *SCRIPTS], ids=name_of)
def test_a_function_can_be_seen_at_once(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    sizes = {function.name: lines_of(function) for function in functions}
    assert {name: size for name, size in sizes.items() if size > MAX_LINES_A_FUNCTION} == {}


def lines_of(function):
    """Lines of a function without its docstring."""
    [first, *_] = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = first.end_lineno - first.lineno + 1 if is_docstring else 0
    return function.end_lineno - function.lineno + 1 - docstring


@pytest.mark.parametrize("path", SPIDERS, ids=name_of)
def test_a_spider_file_holds_the_spider_of_its_name(path):
    loader = SpiderLoader.from_settings(get_project_settings())
    spider = loader.load(path.stem)
    assert spider.__module__ == f"spiders.{path.stem}"
    assert spider.__name__ == f"{path.stem.title().replace('_', '')}Spider"


def test_there_are_no_other_spiders():
    assert set(SpiderLoader.from_settings(get_project_settings()).list()) == {path.stem for path in SPIDERS}


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").glob("[a-z]*.py")), ids=name_of)
def test_a_pipeline_file_holds_one_pipeline_named_for_its_verb(path):
    classes = [node.name for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.ClassDef)]
    assert classes == [f"{path.stem.title().replace('_', '')}Pipeline"]


def test_every_middleware_pipeline_and_extension_of_the_settings_can_be_loaded():
    settings = get_project_settings()
    for table in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS", "ADDONS"):
        for place in settings.getdict(table):
            module, _, name = str(place).rpartition(".")
            if module.startswith(PACKAGES):
                assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), f"{table} names {place}"
                assert f"class {name}" in (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", [path for path in TESTS if path.name.startswith("test_") and path.parent.name != "tests"], ids=name_of
)
def test_tests_lie_where_their_subject_lies(path):
    places = [ROOT / package / path.parent.relative_to(ROOT / "tests") for package in ("", "zhihu_crawler")]
    assert any(place.is_dir() for place in places)


@pytest.mark.parametrize("folder", sorted({path.parent for path in TESTS}), ids=name_of)
def test_every_folder_of_tests_is_a_package(folder):
    assert (folder / "__init__.py").is_file()


def test_only_settings_reads_the_environment():
    readers = {
        name_of(path) for path in SOURCES if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    }
    assert readers == {"zhihu_crawler/settings.py"}


def test_all_that_the_environment_may_give_is_shown_in_the_example():
    asked = set(
        re.findall(
            r'environ(?:\.get\(|\[)"(\w+)"', (ROOT / "zhihu_crawler" / "settings.py").read_text(encoding="utf-8")
        )
    )
    shown = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert shown == asked


def test_the_requirements_have_bounds_and_reasons():
    for path in ROOT.glob("requirements*.txt"):
        name, lines = path.name, path.read_text(encoding="utf-8").splitlines()
        for line in lines:
            if line and not line.startswith(("#", "-r ")):
                assert BOUNDED.fullmatch(line), f"{name}: {line}"


def test_every_lint_exemption_of_the_project_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = tomllib.loads(text)["tool"]["ruff"]["lint"]["ignore"]
    for code in ignored:
        assert re.search(rf'"{code}",? +# \w', text), code


@pytest.mark.parametrize("path", [*SOURCES, *SCRIPTS, *TESTS], ids=name_of)
def test_every_exemption_on_a_line_has_its_reason(path):
    marks = "noqa" if path in TESTS else "noqa|type: ignore"  # the tests are not checked for types
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.search(rf"# (?:{marks})\b(.*)$", line):
            assert re.search(r"# \S", found[1]), f"{name_of(path)}: {line.strip()}"
