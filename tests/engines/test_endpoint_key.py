"""The key goes to the server and nowhere else; settings that cannot be are refused before anything is asked."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest
from endpoint_calls import QUICK, answers, call, engine
from loopback import Exchange, serving

from crb.engines.endpoint.engine import EndpointEngine
from crb.engines.endpoint.settings import EndpointSettings, Secrets, address, is_loopback, shown
from crb.errors import CrbError, UsageError

KEY = "sk-test-0123456789-abcdefghij"
PASSWORD = "hunter2-hunter2-hunter2"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CRB_TEST_KEY", KEY)
    return KEY


def echoes(status: int) -> Any:
    """A server that repeats the key wherever it can."""

    def script(exchange: Exchange) -> None:
        said = exchange.headers["Authorization"]
        if status == 200:
            token = {"token": said, "logprob": -1.0, "bytes": list(said.encode()), "top_logprobs": []}
            exchange.say(
                said, finish=said, model=said, system_fingerprint=said, choice={"logprobs": {"content": [token]}}
            )
        elif status == 0:
            exchange.bytes(f"HTTP/1.1 200 {said}\r\n{said}\r\n\r\n".encode())
        else:
            exchange.json({"error": {"message": f"bad key {said}", "code": said}, "data": [{"id": said}]}, status)

    return script


@pytest.mark.parametrize("status", [0, 200, 400, 401, 403, 404, 413, 418, 422, 429, 500])
def test_the_key_is_in_no_text(
    status: int, key: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    with (
        serving(echoes(status)) as server,
        engine(server.url, api_key_env="CRB_TEST_KEY", patience=0.05) as endpoint,
    ):
        try:
            texts += map(repr, answers(endpoint, [call(number, logprobs=2) for number in range(10)]).values())
        except CrbError as error:
            texts += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
        texts += [json.dumps(endpoint.about()), repr(vars(endpoint)["_settings"])]
    assert server.seen[0].headers["Authorization"] == f"Bearer {key}"
    texts += [caplog.text, *capfd.readouterr()]
    assert not [text for text in texts if key in text]
    assert any("[hidden]" in text for text in texts) or status == 0


def test_a_short_key_is_a_word_that_judges_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRB_TEST_KEY", "EMPTY")
    with (
        serving(lambda exchange: exchange.say("The list is EMPTY")) as server,
        engine(server.url, api_key_env="CRB_TEST_KEY") as endpoint,
    ):
        (got,) = answers(endpoint, [call()]).values()
    assert "EMPTY" in repr(got)


@pytest.mark.parametrize("variable", [None, "CRB_TEST_NO_SUCH_KEY"])
def test_without_a_key_none_is_sent(variable: str | None) -> None:
    with serving(lambda exchange: exchange.say("x")) as server, engine(server.url, api_key_env=variable) as endpoint:
        answers(endpoint, [call()])
    assert "Authorization" not in server.seen[0].headers


def test_user_password_and_query_reach_the_server_and_no_text() -> None:
    with serving(lambda exchange: exchange.refuse(401, f"no {PASSWORD}")) as server:
        url = server.url.replace("http://", f"http://me:{PASSWORD}@") + "?api-version=2026-01-01&code=0123456789abcdef"
        with engine(url) as endpoint:
            with pytest.raises(UsageError) as error:
                answers(endpoint, [call()])
            texts = [str(error.value), json.dumps(endpoint.about()), repr(EndpointSettings(base_url=url, model="m"))]
    assert server.seen[0].path == "/v1/chat/completions?api-version=2026-01-01&code=0123456789abcdef"
    assert server.seen[0].headers["Authorization"].startswith("Basic ")
    assert not [text for text in texts if PASSWORD in text or "0123456789abcdef" in text]


def test_every_form_of_what_an_address_carries_is_hidden_in_messages() -> None:
    url = address("http://tok9:p%40s%2Fs@host/v1?code=a%20b%2Bcd&flag=9x")
    header = base64.b64encode(b"tok9:p@s/s").decode()
    told = ["tok9", "p%40s%2Fs", "p@s/s", "a%20b%2Bcd", "a b+cd", "9x", header]
    secrets = Secrets.of(url, None)
    for secret in told:
        assert secret not in secrets.hide(f"refused: {secret}, and ({secret})")
    assert secrets.hide_long("tok9 and 9x are words") == "tok9 and 9x are words"
    assert secrets.hide("a 19xy stays a number") == "a 19xy stays a number"


@pytest.mark.parametrize("name", ["price_input", "price_cached", "price_output"])
@pytest.mark.parametrize("price", [float("inf"), float("nan"), -1.0])
def test_a_price_is_a_finite_number(name: str, price: float) -> None:
    with pytest.raises(UsageError, match=name):
        EndpointSettings(**{"base_url": "http://localhost", **QUICK, name: price})


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": ""},
        {"base_url": "localhost:8000"},
        {"base_url": "ftp://host/v1"},
        {"base_url": f"http://me:{PASSWORD}@host:99999999/v1"},
        {"base_url": f"{PASSWORD}"},
        {"model": " "},
        {"concurrency": 0},
        {"timeout": 0},
        {"timeout": float("inf")},
        {"patience": float("nan")},
        {"api_key_env": KEY},
        {"api_key_env": "hf_0123456789abcdef"},
    ],
)
def test_settings_that_cannot_be_are_refused_and_not_repeated(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as error:
        EndpointSettings(**{"base_url": "http://localhost", **QUICK, **settings})
    for secret in (PASSWORD, KEY, "hf_0123456789abcdef"):
        assert secret not in str(error.value)


@pytest.mark.parametrize("value", ["two\nlines", "blank between", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CRB_TEST_KEY", value)
    with pytest.raises(UsageError, match="no key has") as error:
        EndpointEngine(EndpointSettings(**{**QUICK, "base_url": "http://localhost", "api_key_env": "CRB_TEST_KEY"}))
    assert value not in str(error.value)


def test_a_line_end_behind_a_key_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRB_TEST_KEY", f"{KEY}\n")
    with (
        serving(lambda exchange: exchange.say("x")) as server,
        engine(server.url, api_key_env="CRB_TEST_KEY") as endpoint,
    ):
        answers(endpoint, [call()])
    assert server.seen[0].headers["Authorization"] == f"Bearer {KEY}"


def test_a_proxy_that_cannot_be_used_is_the_users_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://proxy")
    with pytest.raises(UsageError, match="proxies") as error:
        EndpointEngine(EndpointSettings(**{**QUICK, "base_url": "https://example.invalid/v1"}))
    assert "HTTPS_PROXY" in error.value.todo


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("http://localhost:8000/", "http://localhost:8000/v1"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1"),
        ("https://host/api/v1/chat/completions", "https://host/api/v1"),
        ("https://host/v1beta/openai/", "https://host/v1beta/openai"),
        (" https://me:secret@host/v1?key=1#x ", "https://host/v1"),
    ],
)
def test_where_the_api_begins(given: str, begins: str) -> None:
    assert shown(address(given)) == begins


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.8.0.1", True),
        ("[::1]", True),
        ("0.0.0.0", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("example.com", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, own: bool) -> None:
    assert is_loopback(address(f"http://{host}/v1")) is own
