"""Spot tests of the first pack's evidence and policy: who said what, which acts hold when."""

import csv
import re
from collections import defaultdict
from datetime import date

import pytest

from coercivity.catalogue import open_pack
from coercivity.controls import Query, build_register, determine
from coercivity.licences import count_of_licensees, load_licences

PROMISED_ITEMS = re.findall(
    r"\w+",
    """
ree_oxide_light ree_oxide_heavy ree_metal holmium_erbium_group ndfeb_magnet_light ndfeb_magnet_heavy
smco_magnet ferrite_magnet rare_earth_technology rare_earth_equipment lithium_battery graphite_anode
superhard_material gallium germanium antimony traction_motor eps_motor e2w e3w e_car ice_car ice_2w
drone battery_storage wind_turbine electronics
""",
)
KNOWLEDGE_ENDS = date(2026, 11, 10)
SPOKEN = {
    "Some Indian companies have received licenses for importing rare earth magnets from China,",
    "I will come back to you.",
    "We are examining how the relaxations between the US and China may impact India,",
}


@pytest.fixture(scope="module")
def rare():
    return open_pack("rare_earth_magnets")


@pytest.fixture(scope="module")
def register(rare):
    return build_register(rare)


@pytest.fixture(scope="module")
def facts(shared):
    with (shared / "facts" / "facts.csv").open(newline="") as handle:
        return {row["id"]: row for row in csv.DictReader(handle)}


def by_id(pack, table):
    return {row["id"]: row for row in pack.table(table)}


# What is in force ---------------------------------------------------------------------------------

CASES = [
    # item, origin, destination, end use, day, outcome
    ("ndfeb_magnet_heavy", "CN", "IN", "civil", "2025-04-03", "FREE"),
    ("ndfeb_magnet_heavy", "CN", "IN", "civil", "2025-04-04", "LICENCE_REQUIRED"),
    ("ndfeb_magnet_heavy", "CN", "IN", "civil", "2025-10-31", "LICENCE_REQUIRED"),
    ("ndfeb_magnet_heavy", "CN", "IN", "civil", "2026-11-20", "LICENCE_REQUIRED"),
    ("ndfeb_magnet_light", "CN", "IN", "civil", "2025-10-31", "FREE"),
    ("ndfeb_magnet_light", "CN", "IN", "civil", "2026-11-20", "FREE"),
    ("smco_magnet", "CN", "IN", "civil", "2025-10-31", "LICENCE_REQUIRED"),
    ("rare_earth_magnet", "CN", "IN", "civil", "2025-10-31", "UNKNOWN_REFER"),
    ("ree_oxide_heavy", "CN", "JP", "civil", "2025-10-31", "LICENCE_REQUIRED"),
    ("ree_oxide_light", "CN", "JP", "civil", "2025-10-31", "FREE"),
    ("holmium_erbium_group", "CN", "IN", "civil", "2025-10-20", "FREE"),
    ("holmium_erbium_group", "CN", "IN", "civil", "2025-11-07", "FREE"),
    ("holmium_erbium_group", "CN", "IN", "civil", "2026-11-09", "FREE"),
    ("holmium_erbium_group", "CN", "IN", "civil", "2026-11-15", "UNKNOWN_REFER"),
    ("rare_earth_equipment", "CN", "IN", "civil", "2025-10-31", "FREE"),
    ("rare_earth_equipment", "CN", "IN", "civil", "2026-11-15", "UNKNOWN_REFER"),
    ("rare_earth_technology", "CN", "IN", "civil", "2025-12-01", "PROHIBITED"),
    ("rare_earth_line_service", "CN", "IN", "civil", "2025-10-10", "LICENCE_REQUIRED"),
    ("rare_earth_line_service", "CN", "IN", "civil", "2025-12-01", "FREE"),
    ("graphite_anode", "CN", "IN", "civil", "2025-12-01", "FREE"),
    ("lithium_battery", "CN", "IN", "civil", "2026-12-01", "UNKNOWN_REFER"),
    ("lithium_battery_standard", "CN", "IN", "civil", "2026-12-01", "FREE"),
    ("gallium", "CN", "IN", "civil", "2023-07-31", "FREE"),
    ("gallium", "CN", "IN", "civil", "2023-08-01", "LICENCE_REQUIRED"),
    ("gallium", "CN", "US", "civil", "2025-06-01", "PRESUMED_DENIED"),
    ("gallium", "CN", "US", "civil", "2025-12-01", "LICENCE_REQUIRED"),
    ("gallium", "CN", "US", "civil", "2026-11-28", "UNKNOWN_REFER"),
    ("gallium", "CN", "US", "military", "2025-12-01", "PROHIBITED"),
    ("antimony", "CN", "JP", "military", "2026-02-01", "PROHIBITED"),
    ("ndfeb_magnet_heavy", "CN", "JP", "military", "2026-02-01", "PROHIBITED"),
    ("ndfeb_magnet_heavy", "CN", "JP", "civil", "2026-02-01", "LICENCE_REQUIRED"),
    ("ndfeb_magnet_heavy", "CN", "US", "military", "2025-10-31", "PROHIBITED"),
    ("ndfeb_magnet_heavy", "CN", "US", "military", "2025-03-01", "FREE"),
    ("dap", "CN", "IN", "civil", "2025-10-31", "FREE"),
]


@pytest.mark.parametrize(("item", "origin", "destination", "use", "day", "outcome"), CASES)
def test_determination(register, item, origin, destination, use, day, outcome):
    query = Query(
        item=item,
        origin=origin,
        destination=destination,
        end_use=use,
        on=date.fromisoformat(day),
    )
    assert determine(register, query).outcome == outcome


@pytest.mark.parametrize(
    ("share", "day", "outcome"),
    [
        (0.0005, "2026-11-15", "FREE"),
        (0.001, "2026-11-15", "UNKNOWN_REFER"),
        (0.5, "2025-11-20", "FREE"),
    ],
)
def test_goods_made_abroad(register, share, day, outcome):
    query = Query(
        item="traction_motor",
        origin="JP",
        destination="US",
        on=date.fromisoformat(day),
        origin_content_share=share,
    )
    assert determine(register, query).outcome == outcome


@pytest.mark.parametrize(
    ("user", "outcome"), [("jaxa", "PROHIBITED"), ("JAXA", "PROHIBITED"), ("tdk", "UNKNOWN_REFER")]
)
def test_listed_japanese_end_users(register, user, outcome):
    """A firm on the watch list may, for all the sources say, be on the control list too."""
    query = Query(item="gallium", origin="CN", destination="JP", on=date(2026, 3, 1), end_user=user)
    assert determine(register, query).outcome == outcome


def test_october_controls_are_unknown_before_they_are_announced(register):
    query = Query(
        item="holmium_erbium_group",
        origin="CN",
        destination="IN",
        on=date(2025, 11, 20),
        known_at=date(2025, 10, 31),
    )
    assert determine(register, query).outcome == "LICENCE_REQUIRED"


def test_heavy_rare_earths_were_never_suspended(rare):
    measures = {m["id"] for m in by_id(rare, "instruments")["mofcom_gac_18_2025"]["measures"]}
    acts = [a for a in rare.table("actions") if a["target"] in {*measures, "mofcom_gac_18_2025"}]
    assert [(a["kind"], a["from"]) for a in acts] == [("enact", date(2025, 4, 4))]


def test_suspensions_end_where_the_sources_say(rare):
    ends = {a["target"]: a["until"] for a in rare.table("actions") if a["kind"] == "suspend"}
    for number in ("gac_55", "gac_56", "gac_57", "gac_58", "61", "62"):
        assert ends[f"mofcom_{number}_2025"] == KNOWLEDGE_ENDS
    assert ends["mofcom_46_2024_clause_2"] == date(2026, 11, 27)
    assert "mofcom_46_2024_clause_1" not in ends


def test_nothing_is_claimed_of_what_followed(rare):
    for act in rare.table("actions"):
        assert max(act["from"], act["announced_on"]) < KNOWLEDGE_ENDS, act["id"]


def test_parts_of_61_start_apart(rare):
    starts = {a["target"]: a["from"] for a in rare.table("actions") if a["kind"] == "enact"}
    assert starts["mofcom_61_2025_content"] == date(2025, 12, 1)
    assert starts["mofcom_61_2025_chinese_origin"] == date(2025, 10, 9)


def test_every_measure_is_enacted_once(rare):
    enacted = [a["target"] for a in rare.table("actions") if a["kind"] == "enact"]
    for instrument in rare.table("instruments"):
        for measure in instrument["measures"]:
            own = enacted.count(measure["id"]) + enacted.count(instrument["id"])
            assert own == 1, measure["id"]


# Who said what ------------------------------------------------------------------------------------


def test_count_of_indian_licensees_stays_unknown(rare):
    count = count_of_licensees(rare, destination="IN", known_at=date(2025, 10, 31))
    assert count.known is None
    assert count.text == "count of licensees unknown (sources: 3, 4, some)"


def test_de_diamond_is_named_by_the_four_lists_only(rare):
    says = defaultdict(set)
    for licence in load_licences(rare):
        for claim in licence.claims:
            says[licence.holder].add((claim.family, claim.says))
    assert ("cnbc_tv18_2025_10", "omits") in says["de_diamond"]
    assert ("et_licences_2025_10", "lists") in says["de_diamond"]
    for holder in ("continental_in", "hitachi_astemo_in", "jay_ushin"):
        assert ("cnbc_tv18_2025_10", "lists") in says[holder]


def test_indian_licences_have_no_date_of_grant_and_an_assumed_quantity(rare):
    quantities = by_id(rare, "quantities")
    indian = [licence for licence in load_licences(rare) if licence.destination == "IN"]
    assert len(indian) == 7
    for licence in indian:
        assert licence.granted_by >= date(2025, 10, 30)
        assert quantities[licence.quantity]["quality"] == "assumed"
        assert {c.kind for c in licence.conditions} >= {"no_reexport_to", "no_military_use"}
    assert [x.granted_on for x in indian if x.granted_by == date(2025, 10, 30)] == [None] * 4


def test_wrong_grantor_is_kept_as_a_conflict(rare):
    event = by_id(rare, "events")["indian_firms_licensed"]
    assert event["actor"] == "china_government"
    wrong = {c["source"] for c in event["claims"] if c["actor"] == "india_government"}
    assert {"newspage360", "scanx_2025_10"} <= wrong
    assert {c["polarity"] for c in event["claims"] if c["actor"]} == {"conflicting"}
    assert event["when"] is None


def test_scope_of_the_busan_deal_is_contested(rare):
    claims = by_id(rare, "events")["earlier_controls_lifted_claim"]["claims"]
    polarity = {c["source"]: c["polarity"] for c in claims}
    assert polarity["seaandjob_2025_11"] == "affirmed"
    assert polarity["rawmaterials_2025_11"] == "conflicting"


def test_counts_of_applications(rare):
    rows = by_id(rare, "applications")
    june = rows["in_2025_06_05"]
    assert (june["applied"], june["endorsed"], june["pending"]) == (17, 9, 8)
    chamber = rows["eu_2025_10_chamber"]
    parts = (chamber["approved"], chamber["pending"], chamber["rejected"])
    assert parts == (19, 121, 1)
    assert sum(parts) == chamber["applied"]


def test_copies_of_one_wire_story_are_one_witness(rare):
    families = {source.id: source.family for source in rare.sources.values()}
    for copies in (
        ("newspage360", "scanx_2025_10", "dailydigest360"),
        ("econotimes_maruti_2025_06", "evmagz_reuters_2025_06"),
        ("moneycontrol_2025_10", "business_standard_2025_10_09"),
        ("pakistan_today_2025_11", "global_times_2025_11"),
        ("usgs_mcs_2025", "usgs_mcs_2026"),
    ):
        assert len({families[source] for source in copies}) == 1, copies


def test_own_notes_are_never_a_witness(rare):
    for event in rare.table("events"):
        for claim in event["claims"]:
            assert rare.sources[claim["source"]].grade != "own", event["id"]


# Provenance ---------------------------------------------------------------------------------------


def policy_rows(pack):
    """Rows that name facts, as (where, facts, sources)."""
    for table in ("instruments", "actions", "items", "parties"):
        for row in pack.table(table):
            yield row.where, row["facts"], set(row["sources"])
    for table in ("events", "licences"):
        for row in pack.table(table):
            named = {claim["fact"] for claim in row["claims"]} - {""}
            yield row.where, tuple(sorted(named)), {claim["source"] for claim in row["claims"]}
    for row in pack.table("applications"):
        yield row.where, (row["fact"],), {row["source"]}


def test_facts_on_policy_and_licensing_are_all_in_use(rare, facts):
    used = {fact for _, named, _ in policy_rows(rare) for fact in named}
    assert used <= set(facts)
    wanted = {fact for fact, row in facts.items() if row["section"] in "AB"}
    assert sorted(wanted - used) == []


def address(fact):
    """Address of a fact without the remark in brackets; nothing for seeds and derived rows."""
    url = fact["source_url"].split(" (")[0]
    return url if url.startswith("http") else ""


def test_facts_come_with_their_own_source(rare, facts):
    """A row that uses a fact names its publication, or a witness of the fact's note."""
    elsewhere = {"B018"}
    for where, named, sources in policy_rows(rare):
        urls = {rare.sources[source].url for source in sources}
        for fact in set(named) - elsewhere:
            url = address(facts[fact])
            assert not url or url in urls, f"{where}: {fact} without {url}"


def test_every_fact_has_a_source_in_the_pack(rare, facts):
    urls = {source.url for source in rare.sources.values()}
    missing = [fact for fact, row in facts.items() if address(row) and address(row) not in urls]
    assert missing == []


# Items, parties, documents ------------------------------------------------------------------------


def test_promised_items_exist(rare):
    assert [item for item in PROMISED_ITEMS if item not in rare.items] == []


def test_what_decides_is_what_magnets_contain(rare):
    heavy, light = (set(rare.items[f"ndfeb_magnet_{k}"].contains) for k in ("heavy", "light"))
    assert {"Tb", "Dy"} <= heavy
    assert not {"Tb", "Dy", "Sm"} & light
    assert "1C904.a" in rare.items["ndfeb_magnet_heavy"].control_codes


def test_authorities_and_exporters_have_their_own_names(rare):
    assert "商务部" in rare.parties["mofcom"].native_names
    assert "海关总署" in rare.parties["gac"].native_names
    assert "金力永磁" in rare.parties["jl_mag"].native_names
    assert rare.parties["randhir_jaiswal"].parent == "mea"


def test_documents_are_short_notes_with_a_date(rare):
    sources = {row["file"]: rare.sources[row["source"]] for row in rare.table("documents")}
    assert 12 <= len(sources) <= 20
    for path in rare.document_paths():
        text = path.read_text("utf-8")
        assert 60 <= len(text.split()) <= 200, path.name
        match = re.match(r"date (\d{4}-\d{2}(?:-\d{2})?)\n", text)
        published = sources[path.name].published
        assert bool(match) == (published is not None), path.name
        if match:
            assert match[1].startswith(published.text), path.name


def test_documents_quote_only_what_was_spoken(rare):
    for path in rare.document_paths():
        for quote in re.findall(r"“([^”]*)”", path.read_text("utf-8")):
            assert quote in SPOKEN, f"{path.name}: {quote}"


def test_documents_copy_no_sentence_of_the_seeds(rare, shared):
    def runs(text, length=12):
        words = re.findall(r"\w+", re.sub(r"“[^”]*”", " ", text).lower())
        return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}

    seeds = [runs(path.read_text("utf-8")) for path in sorted((shared / "seeds").glob("*.txt"))]
    assert seeds
    for path in rare.document_paths():
        for seed in seeds:
            assert not runs(path.read_text("utf-8")) & seed, path.name
