"""Keys do not get out."""

from __future__ import annotations

import pytest

from rlm_kernel.secrets import conceal, mask, mask_foreign, safe_cut


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "MY_KEY", "HF_TOKEN", "OAUTH_SECRET"])
def test_values_of_secret_variables_are_replaced_by_their_names(monkeypatch, name):
    monkeypatch.setenv(name, "a-secret-value")
    assert mask("before a-secret-value after, a-secret-value") == f"before [{name}] after, [{name}]"


def test_other_variables_and_short_values_are_left_alone(monkeypatch):
    monkeypatch.setenv("HOME_PAGE", "example.org")
    monkeypatch.setenv("SHORT_KEY", "abc1234")
    assert mask("example.org abc1234") == "example.org abc1234"


def test_a_key_set_or_changed_or_removed_later_is_noticed(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "the-first-value")
    assert mask("the-first-value the-second-value") == "[SOME_API_KEY] the-second-value"
    monkeypatch.setenv("SOME_API_KEY", "the-second-value")
    assert mask("the-first-value the-second-value") == "the-first-value [SOME_API_KEY]"
    monkeypatch.delenv("SOME_API_KEY")
    assert mask("the-first-value the-second-value") == "the-first-value the-second-value"


def test_a_secret_that_contains_another_is_replaced_whole(monkeypatch):
    monkeypatch.setenv("A_KEY", "12345678")
    monkeypatch.setenv("B_KEY", "12345678-and-more")
    assert mask("12345678-and-more, 12345678") == "[B_KEY], [A_KEY]"


def test_a_secret_that_was_passed_is_replaced_too():
    assert mask("key-for-one-test") == "key-for-one-test"
    conceal("key-for-one-test", "password")
    assert mask("it is key-for-one-test!") == "it is [password]!"


@pytest.mark.parametrize(("at", "place"), [(3, 3), (4, 3), (10, 3), (12, 3), (13, 13), (14, 14), (0, 0)])
def test_text_is_cut_beside_a_secret_never_inside(monkeypatch, at, place):
    monkeypatch.setenv("SOME_API_KEY", "0123456789")
    assert safe_cut("abc0123456789def", at) == place


def test_a_cut_moves_on_from_a_secret_that_overlaps_another(monkeypatch):
    monkeypatch.setenv("A_KEY", "aaaabbbb")
    monkeypatch.setenv("B_KEY", "bbbbcccc")
    assert safe_cut("--aaaabbbbcccc--", 12) == 2


def test_text_with_no_secret_comes_back_as_the_same_object():
    text = "nothing to see " * 10_000
    assert mask(text) is text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Incorrect API key provided: sk-ab***yz.", "Incorrect API key provided: [key]"),
        ("Incorrect API key provided: abcdef****wxyz, see", "Incorrect API key provided: [key] see"),
        ("bad key sk-proj-Ab12_cd34-ef56 given", "bad key [key] given"),
        ("API key: 0123456789abcdef expired", "API key: [key] expired"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer [key]"),
        ("AIzaSyA-1234567890 is invalid", "[key] is invalid"),
    ],
)
def test_what_looks_like_a_key_in_a_provider_s_message_is_replaced(said, shown):
    assert mask_foreign(said) == shown


@pytest.mark.parametrize("said", ["The key-value store", "risk-free task-force", "hf-style names", "2 ** 3"])
def test_ordinary_words_of_a_provider_are_left_alone(said):
    assert mask_foreign(said) == said
