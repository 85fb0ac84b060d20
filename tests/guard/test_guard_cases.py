"""The cases that the rules name, and what each rule must survive; invented people, 555-01xx telephones."""

from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import i18n, rules
from reviews.rules import guard as guarding
from reviews.rules.guard import RULES, ClinicFacts, Level, Original, Verdict

GUARD = guarding.load()
BOOK = rules.load()
CLINIC = ClinicFacts(
    name="Maple Clinic",
    telephone="+1 (555) 555-0100",
    email="office@clinic.example",
    address="12 Harbour Road, Port Example",
    staff=("Dr. Anna Example", "Sam Porter"),
)
CALL = " Please call the office at 555-0100."
ONTARIO = BOOK.merge("CA-ON", ["physiotherapist"], {("CA-ON", "physiotherapist")})


def by_level(verdict: Verdict, level: Level) -> set[str]:
    return {finding.rule for finding in verdict.findings if finding.severity is level}


@pytest.mark.statement("S27")
@pytest.mark.parametrize(
    ("reply", "blocks"),
    [
        ("Thank you! See you next time.", {"R7"}),
        ("We are glad that your back is better.", {"R3", "R11"}),
        ("Your appointment on Tuesday began at 9:10, not 9:40.", {"R1", "R6"}),
        ("We have searched our files and you were never a patient.", {"R2"}),
        ("Your insurance refused the claim, not us.", {"R4"}),
        ("Dear Ms Invented, we know who you are.", {"R5"}),
        ("Remove this review or you will hear from our lawyer.", {"R9"}),
        ("Change it to five stars and the next massage is free.", {"R10"}),
    ],
)
def test_a_reply_is_blocked_by_exactly_the_rules_that_it_breaks(reply: str, blocks: set[str]) -> None:
    verdict = GUARD(reply, Original(author="J."))
    assert verdict.level is Level.BLOCK
    assert by_level(verdict, Level.BLOCK) == blocks


@pytest.mark.parametrize(
    "reply",
    [
        "Thank you for taking the time to write. We read every comment." + CALL,
        "Privacy law does not let us discuss whether anyone is a patient here." + CALL,
        "We take cleanliness seriously and have passed this on. Please write to office@clinic.example.",
        "La loi sur la vie privée ne nous permet pas de dire si une personne est un patient ici. Appelez le 555-0100.",
    ],
)
def test_a_plain_polite_reply_passes_with_and_without_clinic_data(reply: str) -> None:
    for clinic in (None, CLINIC):
        assert GUARD(reply, None, clinic) == Verdict(level=Level.PASS)


@pytest.mark.parametrize(
    ("reply", "warnings"),
    [
        ("We are sorry about the wait." + CALL, {"G1"}),
        ("Our treatment rooms are cleaned between visits." + CALL, {"G4"}),
        ("Dr. Example will be pleased to hear this." + CALL, {"R5"}),
        ("We are the best clinic in the city.", {"R13", "G3"}),
        ("Thank you. We read it. We agree. We met. We talked. We changed the sign." + CALL, {"G2"}),
    ],
)
def test_a_reply_is_warned_about(reply: str, warnings: set[str]) -> None:
    verdict = GUARD(reply, None, CLINIC)
    assert verdict.level is Level.WARN
    assert {finding.rule for finding in verdict.findings} == warnings


def test_a_comparison_is_blocked_where_the_rule_of_the_profession_bars_it() -> None:
    verdict = GUARD("We are the best clinic in the city.", None, CLINIC, row=ONTARIO)
    assert by_level(verdict, Level.BLOCK) == {"R13"}
    assert GUARD("We do our best for everyone." + CALL, None, CLINIC, row=ONTARIO).level is Level.PASS


@pytest.mark.statement("S25")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_finding_marks_its_words_and_gives_reason_source_day_and_a_safer_wording(language: str) -> None:
    words = i18n.load().words(language)
    reply = "Hi Zed — your appointment’s record shows you owe us; call 555-0199 😊 or we’ll sue!"
    verdict = GUARD(reply, Original(author="J."), CLINIC, platform="yelp")
    assert {finding.rule for finding in verdict.findings} >= {"R1", "R4", "R8", "R9", "R12"}
    for finding in verdict.findings:
        assert finding.words == reply[finding.start : finding.end]
        assert finding.checked_on == date(2026, 11, 22)
        assert words.text(finding.reason)
        assert words.text(finding.safer)
        if language == "fr":
            assert words.text(finding.reason) != finding.reason
            assert words.text(finding.safer) != finding.safer


def test_every_rule_has_a_source_or_is_our_own_caution() -> None:
    assert list(RULES) == [*(f"R{n}" for n in range(1, 14)), *(f"G{n}" for n in range(1, 6))]
    for name, rule in RULES.items():
        assert rule.url.startswith("https://") is name.startswith("R")


def test_every_safer_wording_passes_once_it_says_how_to_reach_the_clinic() -> None:
    words = i18n.load().words("fr")
    for rule in RULES.values():
        for text in (rule.safer, words.text(rule.safer)):
            assert {found.rule for found in GUARD(text, None, CLINIC).findings} <= {"G3"}, text


@pytest.mark.statement("S27")
def test_what_the_patient_wrote_first_does_not_license_us_to_repeat_it() -> None:
    reply = "Sciatica can be stubborn." + CALL
    assert GUARD(reply, None, CLINIC).level is Level.PASS
    assert by_level(GUARD(reply, Original(text="My sciatica is gone!"), CLINIC), Level.BLOCK) == {"R3"}


@pytest.mark.parametrize(
    "reply",
    [
        "Thank you for your visit.",
        "Thank you for your visit.".upper(),
        "Thank you for your\nvisit.",
        "Thank you for your  vi\u00adsit.",
        "Thank you for your\u00a0visit.",
        "Thank you for “your visit”.",
        "Merci de votre visite.",
        "MERCI DE VOTRE VISITE.",
        "We\u2019re glad you\u2019ve been with us.",
        "Vous êtes venue",
        "Vous e\u0302tes venue",
    ],
)
def test_the_way_of_writing_hides_nothing(reply: str) -> None:
    assert "R1" in by_level(GUARD(reply, None, CLINIC), Level.BLOCK)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("Thank you for keeping your apointment.", "apointment"),
        ("Your treatement was on time.", "treatement"),
        ("Votre seanse a eu lieu.", "seanse"),
        ("Thank you for your v\u0456sit.", "v\u0456sit"),
        ("Th\u0430nk \u0443ou for \u0443our visit.", "visit"),
        ("Thank you for your v\u200bi\u200bsit.", "v\u200bi\u200bsit"),
    ],
)
def test_slips_and_letters_of_another_script_hide_nothing(reply: str, words: str) -> None:
    found = [finding.words for finding in GUARD(reply, None, CLINIC).of("R1")]
    assert words in found


@pytest.mark.parametrize("word", ["features", "patience", "science", "messages", "passion", "stance"])
def test_words_that_look_like_a_slip_are_none(word: str) -> None:
    assert GUARD(f"We like {word}." + CALL, None, CLINIC).level is Level.PASS


@pytest.mark.parametrize(
    ("told", "general"),
    [
        ("The cleaning went smoothly.", "Cleanings take half an hour."),
        ("The dentist explained this twice.", "Our dentists explain every step to everyone."),
        ("She was offered an earlier slot.", "The manager reads every note, and she answers most of them."),
        ("That session ran late.", "Any session may run late."),
        ("Nobody by those initials is registered here.", "We cannot say whether anybody is registered here."),
        ("Thank you for coming all this way.", "Thank you for writing all this."),
        ("We had to say no to the refill.", "Refills need a prescription."),
        ("Say hello to Bruno for us!", "Hello to everyone who reads this!"),
        ("La séance a duré une heure.", "Les séances durent une heure."),
        ("Trois messages sont restés sans réponse.", "Trois personnes répondent au téléphone."),
    ],
)
def test_what_is_told_of_somebody_is_blocked_without_a_you_and_what_holds_for_all_is_not(
    told: str, general: str
) -> None:
    assert GUARD(told + CALL, None, CLINIC).level is Level.BLOCK
    assert GUARD(general + CALL, None, CLINIC).level is not Level.BLOCK


@pytest.mark.parametrize(
    "contact",
    ["555-0100", "(555) 555-0100", "+1 555 555 0100", "1.555.555.0100", "office@clinic.example", "12 Harbour Rd"],
)
def test_the_clinics_own_contact_data_are_a_way_offline_in_every_shape(contact: str) -> None:
    verdict = GUARD(f"Thank you for writing. The office is at {contact}.", None, CLINIC)
    assert verdict.level is Level.PASS


@pytest.mark.parametrize(
    "contact",
    [
        "555-0199",
        "(555) 555-0142",
        "+44 20 7946 0958",
        "01 99 00 12 34",
        "1-800-BACKFIX",
        "jane.roe@mail.example",
        "jane (at) mail (dot) example",
        "14 Elm Street",
        "PO Box 12",
        "14, rue des Lilas",
        "K1A 0B1",
    ],
)
def test_other_contact_data_are_blocked_and_are_no_way_offline(contact: str) -> None:
    verdict = GUARD(f"Thank you for writing. Use {contact} instead.", None, CLINIC)
    assert by_level(verdict, Level.BLOCK) == {"R8"}
    assert verdict.of("R8")[0].words == contact
    assert verdict.of("G3")


@pytest.mark.parametrize("text", ["2026-11-22", "22/11/2026", "2019-2021", "4.6 of 5", "24/7"])
def test_dates_and_numbers_are_no_telephone(text: str) -> None:
    assert not GUARD(f"See {text}.", None, CLINIC).of("R8")


@pytest.mark.parametrize(
    ("reply", "author", "level"),
    [
        ("Hi Sandra, thank you." + CALL, "Sandra K.", Level.WARN),
        ("Hi Sandra, thank you." + CALL, "S. K.", Level.BLOCK),
        ("Hi Sandra, thank you." + CALL, "", Level.BLOCK),
        ("hi sandra, thank you." + CALL, "S. K.", Level.BLOCK),
        ("Thank you, Ms Kowalska." + CALL, "Ewa Kowalska", Level.WARN),
        ("Sandra Kowalska, please call." + CALL, "Sandra K.", Level.BLOCK),
        ("Chère Mme Côté, merci d’écrire." + CALL, "C.", Level.BLOCK),
        ("Bonjour Zoé, merci d’écrire." + CALL, "Zoé", Level.WARN),
        ("Ask for Sam at the desk." + CALL, "Ewa", Level.WARN),
        ("Dr. Example has read this." + CALL, "Ewa", Level.WARN),
        ("Dr. Stranger has read this." + CALL, "Ewa", Level.BLOCK),
        ("Hello there, and thank you." + CALL, "Ewa", Level.PASS),
        ("Dear reviewer, thank you." + CALL, "Ewa", Level.PASS),
        ("Bonjour Madame, merci d’écrire." + CALL, "Ewa", Level.PASS),
        ("Everybody at Maple Clinic says thanks." + CALL, "Ewa", Level.PASS),
        ("We may grant this, and hope for joy. Will we? May be." + CALL, "Ewa", Level.PASS),
    ],
)
def test_names_are_blocked_unless_the_platform_shows_them_or_staff_bear_them(
    reply: str, author: str, level: Level
) -> None:
    verdict = GUARD(reply, Original(author=author), CLINIC)
    assert verdict.level is level
    assert {finding.rule for finding in verdict.findings} <= {"R5"}


@pytest.mark.parametrize(
    ("day", "is_found"),
    [
        ("on Tuesday", True),
        ("last spring", True),
        ("yesterday", True),
        ("on 4 June", True),
        ("at 9:10", True),
        ("at 4 pm", True),
        ("two weeks ago", True),
        ("mardi dernier", True),
        ("le 12 mars", True),
        ("vers 16 h 30", True),
        ("soon", False),
        ("in 24 hours", False),
        ("in the march of time", False),
    ],
)
def test_a_date_is_blocked_beside_the_reader_and_else_warned_about(day: str, is_found: bool) -> None:
    about_reader = GUARD(f"You called the desk {day}." + CALL, None, CLINIC).of("R6")
    general = GUARD(f"The desk was closed {day}." + CALL, None, CLINIC).of("R6")
    assert [finding.severity for finding in about_reader] == [Level.BLOCK] * is_found
    assert [finding.severity for finding in general] == [Level.WARN] * is_found


@pytest.mark.statement("S22")
@pytest.mark.parametrize(
    ("reply", "platform", "is_refused"),
    [
        ("a" * 4096, "google_business", False),
        ("a" * 4097, "google", True),
        ("é" * 2048, "google", False),
        ("é" * 2049, "google", True),
        ("😊" * 1024, "google", False),
        ("é" * 5000, "yelp", False),
        ("a" * 5001, "yelp", True),
        ("Thank you 😊", "yelp", True),
        ("Thank you ❤️", "Yelp", True),
        ("Thank you 😊", "facebook", False),
        ("a" * 9000, "", False),
    ],
)
def test_what_the_platform_would_refuse_is_blocked(reply: str, platform: str, is_refused: bool) -> None:
    assert bool(GUARD(reply, None, CLINIC, platform=platform).of("R12")) is is_refused


@pytest.mark.parametrize(
    ("review", "is_other"),
    [("Le personnel est très gentil et les prix sont clairs.", True), ("The desk is friendly.", False), ("👍", False)],
)
def test_a_reply_in_another_language_is_warned_about(review: str, is_other: bool) -> None:
    verdict = GUARD("Thank you for taking the time to write." + CALL, Original(text=review), CLINIC)
    assert bool(verdict.of("G5")) is is_other


@pytest.mark.statement("S29")
def test_the_guard_has_no_field_that_could_hold_a_patient_record() -> None:
    known = {field.name for kind in (Original, ClinicFacts) for field in fields(kind)}
    assert known == {"text", "author", "language", "name", "telephone", "email", "address", "staff"}


@settings(max_examples=120)
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*"aé’\n.!1@", "you ", "visit ", "Dr. ", "555-0199 "])).map("".join),
    st.text(max_size=40),
    st.sampled_from(["", "google", "yelp"]),
)
def test_any_text_is_judged_and_spans_stay_inside(reply: str, author: str, platform: str) -> None:
    verdict = GUARD(reply, Original(text=author, author=author), CLINIC, platform=platform)
    assert verdict == GUARD(reply, Original(text=author, author=author), CLINIC, platform=platform)
    for finding in verdict.findings:
        assert 0 <= finding.start <= finding.end <= len(reply)
        assert finding.words == reply[finding.start : finding.end]
    severities = {finding.severity for finding in verdict.findings}
    strictest = Level.BLOCK if Level.BLOCK in severities else Level.WARN if severities else Level.PASS
    assert verdict.level is strictest


@pytest.mark.parametrize(
    "unit",
    [
        ".",
        "the ",
        "you ",
        "your visit ",
        "Dr. ",
        "1 ",
        "a@",
        "5" * 10,
        "we have searched our ",
        "not ",
        "😊",
        "\n",
        "(",
        "your ",
    ],
)
def test_hostile_lengths_are_judged_to_their_end(unit: str) -> None:
    reply = unit * (12_000 // len(unit))
    verdict = GUARD(reply, Original(text=unit * 200), CLINIC)
    assert verdict.level in {"block", "warn", "pass"}
    assert all(0 <= found.start <= found.end <= len(reply) for found in verdict.findings)
