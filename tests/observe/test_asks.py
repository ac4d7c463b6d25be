"""What may be asked beyond a front page: only what the table says, only where the answer points at it."""

import pytest

from scanner.errors import DataError
from scanner.model.net import tcp
from scanner.observe import asks, httpread
from scanner.wire import never_bytes

LINE = """[[ask]]
id = "x"
field = "html_title"
re = 'X'
"""


def ids(facts, port=80):
    return [one.id for one in asks.pointed(facts, tcp(port))]


@pytest.mark.parametrize("one", asks.shipped(), ids=lambda one: f"{one.id}:{one.field}")
def test_no_path_of_the_table_is_on_the_never_list(one):
    assert None is never_bytes.why_not(tcp(80), b"", httpread.request("192.0.2.10", one.path or "/"))


@pytest.mark.parametrize("one", asks.shipped(), ids=lambda one: f"{one.id}:{one.field}")
def test_every_line_asks_something_or_shows_an_open_interface(one):
    assert one.path or one.open


@pytest.mark.parametrize(
    ("facts", "port", "want"),
    [
        ([("http.text", "Ollama is running")], 80, ["ollama"]),
        ([("http_header.server", "Docker/20.10.7 (linux)"), ("http.json", "message=page not found")], 2375, ["docker"]),
        ([("http.json", "message=page not found")], 2375, ["docker"]),
        ([("http.json", "message=page not found")], 80, []),
        ([("http_header.server", "uvicorn"), ("http.json", "detail=Not Found")], 8000, ["vllm"]),
        ([("http_header.server", "uvicorn"), ("http.json", "detail=Not Found")], 80, []),
        ([("http_header.server", "uvicorn")], 8000, []),
        ([("html_title", "iLO 5")], 443, ["redfish"]),
        ([("html_title", "Integrated Dell Remote Access Controller 9")], 443, ["redfish"]),
        ([("html_title", "Login")], 443, []),
        ([("html_title", {"a": "Grafana"})], 80, []),
        ([], 80, []),
    ],
)  # fmt: skip
def test_only_a_product_that_the_answer_names_is_asked(facts, port, want):
    assert want == ids(facts, port)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[[ask]]\nid = 3", "id"),
        (LINE + 'colour = "x"', "colour"),
        ("[[ask", "table"),
        (LINE.replace("'X'", "'('"), "table"),
        (LINE + 'path = "x"', "x: 'x' is not a plain path"),
        (LINE + 'path = "/../x"', "is not a plain path"),
        (LINE + 'path = "/x y"', "is not a plain path"),
        (LINE + 'path = "/x?y"', "is not a plain path"),
        (LINE + 'ports = ["80"]', "'80' is not a port"),
        (LINE + 'ports = ["tcp/080"]', "x: a port is not spelled"),
    ],
)
def test_a_wrong_table_is_refused_with_its_name(text, names):
    with pytest.raises(DataError) as refused:
        asks.read(text, "table.toml")

    assert "table.toml" in str(refused.value)
    assert names in str(refused.value)
