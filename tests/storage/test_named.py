"""Named queries: how a text is read, composed and written for an engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.errors import StorageError
from reviews.storage.named import Query, all_queries, parse_query, render, to_pyformat


def query(text: str) -> Query:
    return parse_query("one", "tests", f"-- Intent.\n{text}")


def test_head_says_scope_reason_and_intent():
    found = parse_query("one", "tests", "-- scope: system — because\n-- What it does.\nSELECT 1;\n")
    assert (found.scope, found.reason, found.intent, found.text) == ("system", "because", "What it does.", "SELECT 1")


@pytest.mark.parametrize(
    "body", ["SELECT 1", "-- Intent.", "-- scope: system\n-- Intent.\nSELECT 1", "-- scope: all\n-- x\nSELECT 1"]
)
def test_query_without_intent_statement_or_reason_is_refused(body):
    with pytest.raises(StorageError):
        parse_query("one", "tests", body)


def test_optional_part_is_there_only_for_what_was_passed():
    text = "SELECT 1 WHERE a = :a /*if b: AND b = :b */ /*if flag: AND c IS NULL */"
    assert render(query(text), "sqlite", {"a": 1})[0].split() == ["SELECT", "1", "WHERE", "a", "=", ":a"]
    assert "AND b = :b" in render(query(text), "sqlite", {"a": 1, "b": None})[0]
    assert "AND c IS NULL" in render(query(text), "postgres", {"a": 1, "flag": True})[0]


def test_list_is_written_out_and_an_empty_one_matches_nothing():
    found = query("SELECT 1 WHERE a IN (:items*)")
    assert render(found, "sqlite", {"items": (5, 7)}) == (
        "SELECT 1 WHERE a IN (:items_0, :items_1)",
        {"items_0": 5, "items_1": 7},
    )
    assert render(found, "sqlite", {"items": ()}) == ("SELECT 1 WHERE a IN (NULL)", {})


def test_fragment_is_only_for_its_engine():
    found = query("SELECT 1 /*postgres: FOR UPDATE */ /*sqlite: LIMIT 1 */")
    assert render(found, "sqlite", {})[0].split() == ["SELECT", "1", "LIMIT", "1"]
    assert render(found, "postgres", {})[0].split() == ["SELECT", "1", "FOR", "UPDATE"]


@pytest.mark.parametrize("params", [{}, {"a": 1, "typo": 2}])
def test_missing_or_unknown_value_is_refused(params):
    with pytest.raises(StorageError):
        render(query("SELECT :a"), "sqlite", params)


@pytest.mark.statement("T37")
def test_parameters_become_pyformat_and_literals_casts_and_comments_stay():
    text = """SELECT ':a', "x:b", a::text, '50%', :a -- :c\n/* :d */ WHERE t = ':it''s' AND v = :b_2"""
    expected = """SELECT ':a', "x:b", a::text, '50%%', %(a)s -- :c\n/* :d */ WHERE t = ':it''s' AND v = %(b_2)s"""
    assert to_pyformat(text) == expected


@given(st.text(alphabet=st.characters(exclude_characters="\x00'"), max_size=40))
def test_a_literal_never_loses_a_character(text):
    assert to_pyformat(f"SELECT '{text}'") % {} == f"SELECT '{text}'"


def test_dialect_fragments_are_at_most_six():
    texts = [each.text for each in all_queries().values()]
    assert sum(text.count("/*sqlite:") + text.count("/*postgres:") for text in texts) <= 6
