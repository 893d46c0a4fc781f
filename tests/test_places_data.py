"""The register's file: its schema, and what a reviewer would check by hand."""
import collections
import csv
import datetime
import itertools
import json
import re

import jsonschema
import pytest

from command import DATA, ROOT

REGISTER = json.loads((ROOT / "places/data/places.json").read_text())
SCHEMA = json.loads((ROOT / "places/data/places.schema.json").read_text())
PLACES = {place["id"]: place for place in REGISTER["places"]}
STATES = {state["code"]: state for state in REGISTER["states"]}
DATES = ("adopted", "final_vote", "effective", "ended")


def schema_errors(register):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return [f"{list(error.path)}: {error.message}" for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(register)]


def test_the_register_fits_its_schema():
    assert schema_errors(REGISTER) == []
    assert len(PLACES) == len(REGISTER["places"]) == 42


@pytest.mark.parametrize("change", [
    {"adopted": {"date": "2020-6-24"}}, {"adopted": {"date": "2020-13"}}, {"adopted": None, "colour": 1}, {"sources": []},
    {"sources": [{"title": "x", "url": "somewhere"}]}, {"fips": "250700"}, {"kind": "village"}, {"binds": []}, {"scope": "Ban"},
    {"population": {"count": "675647", "basis": "x"}}, {"unconfirmed": ["mood"]}, {"id": "boston"}, {"position": [42.36]},
    {"redaction": {"exempt": "no", "read": "report", "basis": "x", "source": "https://example.org"}}, {"covers": ""}], ids=str)
def test_the_schema_can_say_no(change):
    register = json.loads(json.dumps(REGISTER))
    next(place for place in register["places"] if place["id"] == "us-ma-boston").update(change)
    assert len(schema_errors(register)) >= 1


def first_and_last(date):
    parts = [int(part) for part in date.split("-")]
    first = datetime.date(*(parts + [1, 1])[:3])
    if len(parts) == 3:
        return first, first
    after = datetime.date(first.year + 1, 1, 1) if len(parts) == 1 or first.month == 12 else datetime.date(first.year, first.month + 1, 1)
    return first, after - datetime.timedelta(days=1)


def test_dates_are_days_of_the_calendar_and_in_order():
    as_of = datetime.date.fromisoformat(REGISTER["as_of"])
    for place in PLACES.values():
        days = [first_and_last(place[name]["date"]) for name in DATES if place[name]]
        for (first, _), (_, last) in itertools.pairwise(days):
            assert first <= last, place["id"]
        assert all(datetime.date(2010, 1, 1) <= first <= as_of for first, _ in days), place["id"]
        assert place["adopted"] or "adoption" in place["unconfirmed"], place["id"]
        assert (place["adopted"] or {}).get("what") != "first-vote" or place["final_vote"], place["id"]
        for name in place["unconfirmed"]:
            assert name in ("adoption",) or place[name], f"{place['id']}: {name} is not there to be confirmed"


def test_no_place_stands_there_twice():
    for key in (lambda p: p["id"], lambda p: (p["name"], p["state"], p["kind"]), lambda p: p["fips"] or p["id"]):
        counts = collections.Counter(map(key, PLACES.values()))
        assert counts.most_common(1)[0][1] == 1, counts.most_common(1)
    assert len({state["name"] for state in STATES.values()}) == len({state["fips"] for state in STATES.values()}) == 51


def test_codes_of_the_census_fit_kind_and_state():
    digits = {"state": {2}, "county": {5}, "city": {7}, "town": {7, 10}}
    for place in PLACES.values():
        if place["fips"]:
            assert place["fips"].startswith(STATES[place["state"]]["fips"]), place["id"]
            assert len(place["fips"]) in digits[place["kind"]], place["id"]
        assert place["id"].split("-")[1] == place["state"].lower()


def test_populations_are_those_of_the_census_of_2020():
    """The states sum up to the total that was published for the apportionment: 331,449,281."""
    assert sum(state["population"] for state in STATES.values()) == REGISTER["census"]["total"] == 331_449_281
    some = {"CA": 39_538_223, "WY": 576_851, "DC": 689_545, "MA": 7_029_917, "TX": 29_145_505, "VT": 643_077, "NY": 20_201_249}
    assert {code: STATES[code]["population"] for code in some} == some
    for place in PLACES.values():
        if place["kind"] == "state":
            assert place["population"]["count"] == STATES[place["state"]]["population"], place["id"]
    seven = ("somerville", "brookline", "northampton", "cambridge", "springfield", "boston", "easthampton")
    assert sum(PLACES[f"us-ma-{name}"]["population"]["count"] for name in seven) == 1_139_997


def test_every_place_names_its_sources():
    addresses = collections.Counter()
    for place in PLACES.values():
        for source in place["sources"]:
            assert re.match(r"https?://[\w.-]+\.[a-z]+(/|$)", source["url"]), source
            assert "utm_" not in source["url"], source
            addresses[source["url"]] += 1
        assert place["sources"][0]["title"]
        assert place["redaction"]["exempt"] == "unknown" or place["redaction"]["source"]


def test_positions_lie_in_the_united_states_and_apart():
    seen = set()
    for place in PLACES.values():
        assert (place["position"] is None) == (place["kind"] == "state"), place["id"]
        if place["position"]:
            latitude, longitude = place["position"]
            assert 24 < latitude < 50 and -125 < longitude < -66, place["id"]
            assert [round(value, 2) for value in place["position"]] == place["position"], place["id"]
            seen.add(tuple(place["position"]))
    assert len(seen) == sum(place["kind"] != "state" for place in PLACES.values())


def test_what_is_recalled_is_marked():
    marked = {fact: {id for id, place in PLACES.items() if fact in place["unconfirmed"]} for fact in SCHEMA["$defs"]["fact"]["enum"]}
    assert marked["adoption"] == {"us-nh"}
    assert marked["ended"] == {"us-ms-jackson", "us-va"}
    assert marked["effective"] == {"us-md-baltimore", "us-co"}
    assert marked["adopted"] == {"us-ma-easthampton"}
    assert len(marked["population"]) == 10 and {"us-ca-alameda", "us-wa-bellingham", "us-ca-sebastopol"} < marked["population"]
    assert {id for id, place in PLACES.items() if place["fips"]} - marked["fips"] == {"us-ca-oakland", "us-ca-berkeley", "us-ma-somerville"}
    assert marked["instrument"] == {"us-or-portland", "us-or", "us-nh", "us-ma"}


def test_the_facts_are_those_that_were_collected():
    """Against the table that the register was made of, where it lies beside the checkout."""
    table = DATA / "places/places.csv"
    if not table.exists():
        pytest.skip(f"no {table}")
    with table.open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows.keys() == PLACES.keys()
    for id, row in rows.items():
        place = PLACES[id]
        for name in ("name", "kind", "state", "scope"):
            assert place[name] == row[name], id
        assert (place["fips"] or "") == row["fips"] and (place["instrument"] or "") == row["instrument"], id
        for name in ("adopted", "effective", "ended"):
            assert (place[name] or {"date": ""})["date"] == row[name], id
        assert place["population"]["count"] == int(row["population_2020"]), id
        assert place["redaction"]["exempt"] == row["redaction_exempt"], id
        assert ("adoption" in place["unconfirmed"]) == (row["verified"] == "memory"), id
        assert ("population" in place["unconfirmed"]) == ("recalled" in row["population_source"] or "brief" in row["population_source"]), id
        given = [row[name].split("?utm_")[0] for name in ("source_url", "second_source_url") if row[name]]
        assert [source["url"] for source in place["sources"]] == given, id
        assert row["note"] not in json.dumps(place, ensure_ascii=False), f"{id}: the note is in the words of the source"
