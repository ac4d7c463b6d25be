"""What a web server answers that is no page: JSON greetings and single lines, bounded and steady."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import bodyread


def read(body):
    return dict(bodyread.facts(body))


@pytest.mark.parametrize(
    ("body", "want"),
    [
        (
            {"name": "n1", "cluster_name": "es", "version": {"number": "1.4.2", "build_hash": "9"}, "tagline": "t"},
            "tagline=t; version.number=1.4.2; cluster_name=es; name=n1",
        ),
        ({"couchdb": "Welcome", "uuid": "1", "version": "1.6.1", "vendor": {"name": "Ubuntu"}},
         "couchdb=Welcome; version=1.6.1; vendor.name=Ubuntu"),
        ({"kind": "Status", "code": 403, "metadata": {}}, "kind=Status"),
        ({"version": 7}, "version=7"),
        ({"version": ["7"], "name": "x" * 500}, f"name={'x' * 128}"),
    ],
)  # fmt: skip
def test_the_words_that_stay_are_kept_in_one_order(body, want):
    assert {"http.json": want} == read(json.dumps(body).encode())


@pytest.mark.parametrize("line", ["Ollama is running", "404 page not found"])
def test_a_single_line_is_kept_as_it_is(line):
    assert {"http.text": line} == read(f"{line}\n".encode())


def test_of_a_list_the_first_member_is_read():
    body = {"object": "list", "data": [{"id": "m", "owned_by": "vllm"}, {"id": "n"}]}

    assert {"http.json": "object=list; data.id=m; data.owned_by=vllm"} == read(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "want"),
    [
        (
            b"<?xml version='1.0'?><root><manufacturer> D-Link </manufacturer><modelName>DIR-615</modelName><modelName>x</modelName>",
            {"http.xml": "manufacturer=D-Link; modelName=DIR-615"},
        ),
        (b"<root><j:Name>FRITZ!Box</j:Name></root>", {"http.xml": "Name=FRITZ!Box"}),
        (b"<?xml version='1.0'?><html><title>x</title></html>", {}),
        (b"<?xml " + b"<Name>" * 2000, {}),
        (b"<?xml ?><Name>" + b"x" * 200 + b"</Name>", {}),
    ],
)
def test_of_xml_the_words_that_name_a_product_are_kept(body, want):
    assert want == read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"<html>",
        b"two\nlines",
        b"x" * 65,
        b"caf\xc3\xa9 here",
        b"{}",
        b'{"uptime": 5}',
        b"{broken",
        b'{"name": "\xff"}',
        b'{"name": "' + b"x" * 20000 + b'"}',
        b'{"name":' * 1000 + b"1" + b"}" * 1000,
    ],
)
def test_anything_else_is_nothing(body):
    assert {} == read(body)


@given(st.binary(max_size=300) | st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(lambda one: json.dumps(one).encode()))  # fmt: skip
def test_no_body_makes_it_raise(body):
    assert {"http.json", "http.text", "http.xml"} >= set(read(body))


@pytest.mark.parametrize("said", ["", "Secure Renegotiation IS supported\n"])
def test_the_page_that_openssl_makes_of_itself_is_known_and_its_command_line_is_not_kept(said):
    page = f'<HTML><BODY BGCOLOR="#ffffff">\n<pre>\n\ns_server -key /home/ann/key -www \n{said}'

    whole = f"{page}Ciphers supported in s_server binary\nTLSv1.3    :TLS_AES_128_GCM_SHA256\n"

    assert {"http.text": "Ciphers supported in s_server binary"} == read(whole.encode())
    assert {} == read(page.encode())
