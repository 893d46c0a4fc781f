"""efface-places through the command: every subcommand, every format, what it says of typing errors and bad input."""
import collections
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess

import jsonschema
import pytest

from command import ROOT, check_no_crash, check_sentence

PLACES = pathlib.Path(os.environ.get("EFFACE_PLACES_BIN", ROOT / "build/bin/efface-places")).absolute()
REGISTER = json.loads((ROOT / "places/data/places.json").read_text())
DONE, NO_BAN, FAILED, UNCONFIRMED, NOT_FOUND = 0, 1, 2, 3, 4
SEVEN = {f"us-ma-{name}" for name in ("somerville", "brookline", "northampton", "cambridge", "springfield", "boston", "easthampton")}


def run(*arguments, code=DONE, **more):
    more.setdefault("capture_output", True)
    ran = subprocess.run([PLACES, *map(str, arguments)], text=True, timeout=60, check=False, **more)
    check_no_crash(ran.returncode, ran.stderr or "")
    assert ran.returncode == code, f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


def complaint(*arguments, code=FAILED):
    """The one sentence on stderr of a run that fails."""
    ran = run(*arguments, code=code)
    lines = ran.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("efface-places: "), ran.stderr
    check_sentence(lines[0])
    return lines[0]


def flat(text):
    """Without the line breaks of a terminal."""
    return " ".join(text.split())


def rows(text):
    """The rows of a table, by the place's name."""
    lines = text.split("\n\n")[0].splitlines()
    assert lines[0].startswith("PLACE ")
    return {re.split(r"\s{2,}", line)[0]: re.split(r"\s{2,}", line) for line in lines[1:]}


def test_the_list_of_massachusetts_on_the_second_of_july_2020():
    ran = run("list", "--state", "MA", "--on", "2020-07-02", "--standing", "in-force")
    assert set(rows(ran.stdout)) == {f"{place['name']}, MA" for place in REGISTER["places"] if place["id"] in SEVEN}
    assert "1,139,997 residents" in ran.stdout and "7 in force, 0 not in force, 0 unconfirmed" in flat(ran.stdout)
    everyone = rows(run("list", "--state", "massachusetts", "--on", "2020-07-02").stdout)
    assert everyone["Worcester, MA"][3] == "not yet" and everyone["Boston, MA"][3] == "yes"
    assert everyone["Massachusetts (state)"][3] == "not yet"
    assert everyone["Easthampton, MA"][2] == "2020-07-01*" and "* not confirmed" in ran.stdout


def test_the_list_holds_every_place_with_three_answers():
    listed = rows(run("list", "--on", "2025-02-10").stdout)
    assert len(listed) == 42
    assert listed["Jackson, MS"][3] == listed["New Hampshire (state)*"][3] == "unconfirmed"
    assert listed["New Orleans, LA"][3] == "until 2022-07-21"
    assert set(rows(run("list", "--kind", "county").stdout)) == {"King County, WA"}
    assert set(rows(run("list", "--scope", "private-too").stdout)) == {"Portland, OR", "Baltimore, MD"}
    assert set(rows(run("list", "--standing", "unconfirmed").stdout)) == {"New Hampshire (state)*"}
    assert "No place" in run("list", "--state", "TX", "--kind", "county").stdout


def test_the_day_is_that_of_the_register_unless_one_is_given():
    assert run("list").stdout == run("list", "--on", REGISTER["as_of"]).stdout
    assert "knows nothing later" in flat(run("list", "--on", "2199-12-31").stdout)


@pytest.mark.parametrize("place", REGISTER["places"], ids=lambda place: place["id"])
def test_show_says_all_that_is_known(place):
    text = run("show", place["id"]).stdout
    assert all(len(line) <= 80 or "http" in line for line in text.splitlines()), text
    whole = flat(text)
    for value in (place["covers"], place["note"], place["instrument"], place["redaction"]["basis"], place["redaction"]["source"],
                  f"{place['population']['count']:,}", place["fips"], *place["conflicts"], *place["exempts"],
                  *(source["url"] for source in place["sources"]), *(source["title"] or "" for source in place["sources"])):
        assert not value or flat(value) in whole, value
    for name in ("adopted", "final_vote", "effective", "ended"):
        if place[name]:
            unconfirmed = f"{place[name]['date']}, unconfirmed" in whole
            assert place[name]["date"] in whole and unconfirmed == (name in place["unconfirmed"]), name
    assert ("(2020 Census, unconfirmed)" in whole) == ("population" in place["unconfirmed"])
    assert "not legal advice" in whole
    assert json.loads(run("show", place["id"], "--json").stdout)[0]["id"] == place["id"]


def test_show_takes_several_places_and_names():
    text = run("show", "Boston", "us-wa-kirkland", "Portland").stdout
    assert [name in text for name in ("Boston, Mass", "Kirkland, Wash", "Portland, Oregon", "Portland, Maine")] == [True] * 4
    assert "King County (us-wa-king-county)" in text
    assert "San Francisco, California (city)" in run("show", "san", "francisco").stdout
    ran = run("show", "Boston", "Bostn", code=NOT_FOUND)
    assert "Boston, Massachusetts" in ran.stdout and "did you mean Boston, Massachusetts (us-ma-boston)?" in ran.stderr


@pytest.mark.parametrize("name, code, answer", [
    ("Boston", DONE, "Yes: Boston, Massachusetts has banned face recognition by its city government since 2020-06-24"),
    ("springfield, ma", DONE, "Yes, for now: Springfield, Massachusetts has suspended"),
    ("us-or-portland", DONE, "Yes: Portland, Oregon has banned face recognition by its city government and private parties"),
    ("Pittsburgh", NO_BAN, "No ban, but limits: Pittsburgh, Pennsylvania"), ("Oregon", NO_BAN, "In part: Oregon has restricted"),
    ("New Orleans", NO_BAN, "No longer: New Orleans, Louisiana had banned"),
    ("new hampshire", UNCONFIRMED, "Unconfirmed: whether the law of New Hampshire")])
def test_check_answers_in_a_sentence(name, code, answer):
    text = flat(run("check", name, code=code).stdout)
    assert text.startswith(answer) and "not legal advice" in text and "Source: http" in text
    said = json.loads(run("check", name, "--json", code=code).stdout)
    assert text.startswith(said["places"][0]["sentence"])
    assert said["places"][0]["answer"] == {DONE: "yes", UNCONFIRMED: "unconfirmed"}.get(code, "no" if "longer" in answer else "partly")


def test_check_takes_a_name_without_quotes():
    assert flat(run("check", "San", "Francisco").stdout).startswith("Yes: San Francisco, California has banned")
    assert "is called \"Boston Oakland\"" in complaint("check", "Boston", "Oakland", code=NOT_FOUND)


def test_check_is_of_a_day():
    assert run("check", "Boston", "--on", "2020-06-23", code=NO_BAN).stdout.startswith("Not yet: on 2020-06-23")
    run("check", "Boston", "--on", "2020-06-24")
    assert "first vote was on 2019-07-16" in flat(run("check", "Oakland", "--on", "2019-08-01", code=UNCONFIRMED).stdout)


def test_check_says_what_the_county_and_the_state_have():
    text = flat(run("check", "Kirkland").stdout)
    assert "Its county: Yes: King County" in text and "Its state: No ban, but limits: Washington" in text


def test_check_of_a_name_that_two_places_have():
    text = run("check", "Portland").stdout
    assert "Portland, Oregon" in text and "Portland, Maine" in text and "names 2 places" in text
    run("check", "Portland", "--on", "2020-08-10", code=NOT_FOUND)  # banned in one, not yet in the other


@pytest.mark.parametrize("typed, meant", [
    ("Sommerville", "Somerville, Massachusetts"), ("Bostno", "Boston, Massachusetts"), ("San Fransisco", "San Francisco, California"),
    ("us-ma-cambrige", "Cambridge, Massachusetts"), ("Pittsburg", "Pittsburgh, Pennsylvania"), ("Massachussetts", "Massachusetts"),
    ("Minneapolis, Minesota", "Minneapolis, Minnesota")])
def test_check_suggests_what_was_meant(typed, meant):
    assert f"did you mean {meant} (" in complaint("check", typed, code=NOT_FOUND)
    said = json.loads(run("check", typed, "--json", code=NOT_FOUND).stdout)
    assert said["places"] == [] and len(said["suggestions"]) >= 1


def test_check_of_a_place_that_is_not_there_does_not_say_no():
    ran = run("check", "Seattle, WA", code=NOT_FOUND)
    assert "did you mean" not in ran.stderr
    assert "does not mean that it has no ban" in flat(ran.stdout) and "Its state: No ban, but limits: Washington" in flat(ran.stdout)
    assert "no law of the state of Illinois" in flat(run("check", "Chicago Illinois", code=NOT_FOUND).stdout)


def test_count_of_massachusetts():
    said = json.loads(run("count", "--state", "MA", "--on", "2020-07-02", "--json").stdout)
    (state,) = said["states"]
    assert {place["id"] for place in state["bound"]["places"]} == SEVEN
    assert state["bound"]["residents"] == 1_139_997 and state["residents"] == 7_029_917
    assert state["share_bound"] == pytest.approx(1_139_997 / 7_029_917)
    assert "nobody lived" in flat(run("count", "--state", "WY").stdout) and "no law of this day" in run("count", "--state", "WY").stdout
    text = flat(run("count", "--state", "MA", "--on", "2020-07-02").stdout)
    assert "1,139,997 people" in text and "16.2 % of the 7,029,917 residents of Massachusetts" in text


def test_count_counts_nobody_twice():
    text = run("count", "--state", "WA").stdout
    assert "2,361,157 people" in flat(text)  # King County and Bellingham
    assert re.search(r"Kirkland +banned +ban +0 +counted in King County", text)


def test_count_of_all_states_is_theirs_together():
    for day in ("2019-08-01", "2020-07-02", "2025-02-10", REGISTER["as_of"]):
        said = json.loads(run("count", "--on", day, "--json").stdout)
        whole = said["united_states"]
        assert whole["residents"] == 331_449_281
        for name in ("bound", "police_only", "limits", "unconfirmed"):
            assert whole[name]["residents"] == sum(state[name]["residents"] for state in said["states"])
            assert whole[name]["residents"] == sum(place["residents_added"] for place in whole[name]["places"])
        laws = [law["id"] for state in said["states"] for law in state["state_laws"] + state["unconfirmed_state_laws"]]
        assert all(re.fullmatch("us-[a-z]{2}", law) for law in laws), "a state's law is no ban of a city's"
        assert f"{whole['bound']['residents']:,} people" in flat(run("count", "--on", day).stdout)


def test_count_tells_what_it_rests_on():
    text = flat(run("count", "--on", "2025-02-10").stdout)
    assert "153,701 more live where it can't be told" in text
    assert "by census figures that were not checked again" in text and "bind less than a ban" in text


def test_export_as_json_is_the_register_and_the_standing():
    said = json.loads(run("export").stdout)
    schema = json.loads((ROOT / "docs/efface-places-export-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(said)] == []
    given = {place["id"]: place for place in REGISTER["places"]}
    assert len(said["places"]) == len(given)
    standings = collections.defaultdict(set)
    for place in said["places"]:
        standings[place.pop("standing")].add(place["id"])
        assert place == given[place["id"]]
    assert standings["unconfirmed"] == {"us-nh"}
    assert standings["not in force"] == {id for id, place in given.items() if place["ended"]}
    broken = dict(said, places=[dict(said["places"][0], standing="perhaps")])
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(broken))


def test_export_as_csv_reads_back():
    said = list(csv.DictReader(io.StringIO(run("export", "--format", "csv", "--on", "2020-07-02").stdout)))
    given = {place["id"]: place for place in REGISTER["places"]}
    assert {row["id"] for row in said} == set(given)
    for row in said:
        place = given[row["id"]]
        assert None not in row and None not in row.values(), "a row of another width"
        for name in ("name", "kind", "state", "scope", "covers"):
            assert row[name] == place[name]
        assert row["note"] == (place["note"] or "") and row["exempts"] == "; ".join(place["exempts"])
        assert row["source"] == place["sources"][0]["url"] and row["unconfirmed"] == "; ".join(place["unconfirmed"])
        assert int(row["population_2020"]) == place["population"]["count"]
        for name in ("adopted", "final_vote", "effective", "ended"):
            assert row[name] == (place[name] or {"date": ""})["date"]
        if place["position"]:
            assert [float(row["latitude"]), float(row["longitude"])] == place["position"]
        else:
            assert row["latitude"] == row["longitude"] == ""
    in_force = {row["id"] for row in said if row["standing"] == "in force" and row["state"] == "MA"}
    assert in_force == SEVEN


def test_export_as_geojson_has_a_point_for_each_place_that_is_no_state():
    said = json.loads(run("export", "--format", "geojson", "--standing", "in-force").stdout)
    assert said["type"] == "FeatureCollection" and len(said["features"]) == 36
    given = {place["id"]: place for place in REGISTER["places"]}
    for feature in said["features"]:
        place = given[feature["id"]]
        assert feature["type"] == "Feature" and feature["properties"]["standing"] == "in force"
        if place["kind"] == "state":
            assert feature["geometry"] is None
        else:
            assert feature["geometry"] == {"type": "Point", "coordinates": place["position"][::-1]}
            assert feature["properties"]["position"] == "approximate"


def test_filters_of_exports_are_those_of_the_list():
    for filters in (("--state", "CA"), ("--kind", "town"), ("--scope", "limits", "--state", "Texas"), ("--standing", "unconfirmed", "--on", "2020-07-02")):
        listed = rows(run("list", *filters).stdout)
        said = json.loads(run("export", *filters).stdout)
        assert len(said["places"]) == len(listed) > 0


def test_another_register_can_be_given(tmp_path):
    register = json.loads(json.dumps(REGISTER))
    for place in register["places"]:
        if place["id"] == "us-ma-boston":
            place.update(name='Boston, "Hub"', covers="Ñandú.")
    path = tmp_path / "r.json"
    path.write_text(json.dumps(register))
    assert 'Boston, "Hub", MA' in run("list", "--data", path).stdout
    assert 'Boston, "Hub", MA' in run("--data", path, "list").stdout
    (row,) = [row for row in csv.DictReader(io.StringIO(run("export", "--data", path, "--format", "csv").stdout)) if row["id"] == "us-ma-boston"]
    assert row["name"] == 'Boston, "Hub"' and row["covers"] == "Ñandú."


@pytest.mark.parametrize("spoil, sentence", [
    (lambda text: "", "is not JSON"), (lambda text: text[:1000], "is not JSON"), (lambda text: "[]", "is not an object"),
    (lambda text: text.replace("2020-06-24", "2020-06-31"), "us-ma-boston: adopted.date is not YYYY-MM-DD"),
    (lambda text: text.replace('"us-ma-boston"', '"us-ma-cambridge"'), "us-ma-cambridge stands there twice"),
    (lambda text: text.replace("7029917", "7029918"), "sum up to 331449282"),
    (lambda text: text.replace("efface-places/1", "efface-places/2"), "format is not efface-places/1"),
    (lambda text: text.replace('"inside": ["us-wa-king-county"]', '"inside": ["us-wa-kings-county"]'), "inside names us-wa-kings-county")],
    ids=["empty", "cut", "list", "date", "twice", "sum", "format", "inside"])
def test_a_wrong_register_is_told_in_a_sentence(tmp_path, spoil, sentence):
    path = tmp_path / "r.json"
    path.write_text(spoil((ROOT / "places/data/places.json").read_text()))
    said = complaint("list", "--data", path)
    assert sentence in said and str(path) in said


def test_bad_input_is_told_in_a_sentence(tmp_path):
    assert "is no state" in complaint("list", "--state", "Masachusetts")
    assert "nothing.json" in complaint("list", "--data", tmp_path / "nothing.json")
    complaint("list", "--data", tmp_path)
    for arguments in (("list", "--on", "2020-13-01"), ("list", "--on", "yesterday"), ("list", "--kind", "village"), ("list", "--scope", "x"),
                      ("export", "--format", "xml"), ("check",), ("show",), (), ("dance",), ("count", "--kind", "city")):
        ran = run(*arguments, code=FAILED)
        assert ran.stdout == "" and len(ran.stderr.split()) >= 3, arguments
    assert "no place of the register is called" in complaint("check", "", code=NOT_FOUND)
    assert "no place of the register is called" in complaint("check", "x" * 100_000, code=NOT_FOUND)


def test_output_that_cannot_be_written_is_told():
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    with open("/dev/full", "w") as full:
        ran = run("export", code=FAILED, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert "cannot write" in ran.stderr


COMMANDS = ("list", "show", "check", "count", "export", "site")
MANUAL = ROOT / "docs/efface-places.1"


def options(*command):
    text = run(*command, "--help").stdout
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", "\n".join(
        line.split("   ")[0] for line in text.splitlines() if line.startswith("  -"))))


def complete(*words):
    """What the completion offers for the last word."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _efface_places; printf "%s\\n" "${COMPREPLY[@]}"')
    ran = subprocess.run(["bash", "-c", script, "bash", ROOT / "docs/efface-places.bash-completion", *words], check=True,
                         capture_output=True, text=True)
    return set(ran.stdout.split())


def test_the_manual_and_the_help_name_the_same_options():
    if not shutil.which("mandoc"):
        pytest.skip("needs mandoc")
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", MANUAL], capture_output=True, text=True, check=False)
    assert lint.stdout == "" and lint.returncode == 0
    text = subprocess.run(["mandoc", "-T", "utf8", MANUAL], check=True, capture_output=True, text=True).stdout
    text = re.sub(".\b", "", text).replace("‐", "-")
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", text))
    offered = {"--data", "--version", "--help"}.union(*(options(command) for command in COMMANDS))
    assert named | {"--help"} == offered
    for code in ("0", "1", "2", "3", "4"):
        assert re.search(rf"^\s+{code}\b", text.split("EXIT STATUS")[1], re.MULTILINE), code


@pytest.mark.parametrize("command", COMMANDS)
def test_the_completion_offers_every_option_of_a_command(command):
    assert complete(PLACES, command, "-") == options(command)


def test_the_completion_offers_commands_places_and_values():
    assert set(COMMANDS) <= complete(PLACES, "")
    assert complete(PLACES, "show", "us-ma-b") == {"us-ma-boston", "us-ma-brookline"}
    assert complete(PLACES, "list", "--state", "M") == {"MA", "ME", "MD", "MN", "MS", "MT"}
    assert complete(PLACES, "export", "--format", "") == {"json", "csv", "geojson"}
    assert complete(PLACES, "list", "--standing", "un") == {"unconfirmed"}
