"""What is known of a model before it is called."""

from __future__ import annotations

import asyncio

import pytest

from rlm_kernel.interfaces import MissingKey, UnknownModel, UsageError
from rlm_kernel.providers import PROVIDERS

pytestmark = pytest.mark.usefixtures("no_keys")


def describe(client, model, api_base=None):
    return asyncio.run(client.describe(model, api_base))


def test_price_and_window_come_from_the_installed_table(client, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "x" * 20)
    info = describe(client, "gpt-4o-mini")
    assert info.price == describe(client, "openai/gpt-4o-mini").price
    assert 0 < info.price.cached < info.price.input < info.price.output < 1e-4
    assert info.window >= 100_000


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.id)
def test_every_default_model_is_known_and_its_key_is_found(client, monkeypatch, provider):
    with pytest.raises(MissingKey, match=provider.key_variables[0]):
        describe(client, provider.model)
    monkeypatch.setenv(provider.key_variables[-1], "x" * 20)
    info = describe(client, provider.model)
    if provider.id != "openrouter":  # litellm has no prices for any of its models
        assert info.price.input > 0
        assert info.window >= 100_000


def test_a_misspelt_name_is_met_with_names_that_exist(client):
    with pytest.raises(UnknownModel, match=r"did you mean .*gpt-4o-mini"):
        describe(client, "gpt-4o-minni")


def test_a_name_like_no_other_is_met_with_the_way_to_write_one(client):
    with pytest.raises(UnknownModel, match="provider/model"):
        describe(client, "qqqqqqqqqqqqqqqqqqqqqqq")


def test_a_key_in_the_place_of_a_name_is_not_shown(client, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-verysecret-1234567890")
    with pytest.raises(UnknownModel, match=r"'\[SOME_API_KEY\]' is no model name"):
        describe(client, "sk-verysecret-1234567890")


def test_a_provider_without_a_model_is_no_model(client):
    with pytest.raises(UnknownModel, match="name a model after the /"):
        describe(client, "openai/")


def test_a_provider_that_does_not_exist_is_named(client):
    with pytest.raises(UnknownModel, match="check its provider, 'nowhere'"):
        describe(client, "nowhere/qqqqqqqqqqqqqqqqqq")


@pytest.mark.parametrize(
    "address",
    ["notaurl", "localhost:8000/v1", "ftp://localhost/v1", "http://localhost:many/v1", "http://[::1"],
)
def test_an_address_that_is_no_url_is_refused(client, address):
    with pytest.raises(UsageError, match="is not the URL of a server"):
        describe(client, "my-own-model", address)


def test_a_refused_address_shows_no_password(client):
    with pytest.raises(UsageError) as refused:
        describe(client, "my-own-model", "me:hunter22@localhost")
    assert "hunter22" not in str(refused.value)


@pytest.mark.parametrize("address", ["http://localhost:1/v1", "http://127.8.8.8:1/v1", "http://[::1]:1/v1"])
def test_any_name_will_do_for_a_server_on_this_machine(client, address):
    info = describe(client, "my-own-model", address)
    assert (info.name, info.price, info.window) == ("my-own-model", None, None)


def test_a_name_with_a_slash_that_is_no_provider_is_a_plain_name(client):
    assert describe(client, "meta-llama/Llama-4", "http://localhost:1/v1").name == "meta-llama/Llama-4"


def test_a_server_elsewhere_needs_a_key(client):
    with pytest.raises(MissingKey, match="OPENAI_API_KEY"):
        describe(client, "my-own-model", "https://models.example.org/v1")


@pytest.mark.parametrize(
    "model", ["ollama/llama3.2", "ollama_chat/llama3.2", "lm_studio/qwen", "hosted_vllm/qwen"]
)
def test_local_providers_need_no_key_and_have_no_price(client, model):
    assert describe(client, model).price is None


def test_other_providers_keys_are_asked_for_too(client):
    with pytest.raises(MissingKey, match="DEEPINFRA_API_KEY"):
        describe(client, "deepinfra/meta-llama/Meta-Llama-3-8B-Instruct")
