"""Mails: complete as text, self-contained as HTML, one header per header, ended by one click; and in French."""

import email
import email.policy
import re
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import i18n
from reviews.alerts.badge import stars_png
from reviews.alerts.ending import end_mails
from reviews.alerts.mail import Envelope, build_mail
from reviews.alerts.messages import Line, Message, ReviewView, review_message
from reviews.alerts.unsubscribe import Ending, make_token, read_token
from reviews.storage import alerts, branding, clinics
from reviews.storage.alerts import Wishes
from tests.alerts.conftest import KEY, World
from tests.alerts.receivers import MailBox
from tests.builders import make_review
from tests.conftest import NOW

WORDS = i18n.load().words("en")
ENVELOPE = Envelope(
    id="0" * 32,
    host="reviews.example.org",
    sender="Clinic Reviews <reviews@example.org>",
    to_name="Ada",
    to_address="ada@example.org",
    now=NOW,
    why="You get this because you belong to Maple Health.",
    unsubscribe="https://reviews.example.org/unsubscribe/x",
)
HEADERS = {
    "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress", "content-language",
    "list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type",
}  # fmt: skip


class Page(HTMLParser):
    """Tags with their attributes, and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def parse(mail: EmailMessage) -> EmailMessage:
    """The mail as a receiver reads its bytes."""
    found = email.message_from_bytes(bytes(mail), policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def squeeze(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.statement("A7")
@given(
    clinic=st.text(max_size=80) | st.just("Elm\r\nBcc: all@example.org"),
    source=st.text(max_size=40) | st.just("Google\n\nX-Evil: 1"),
    name=st.text(max_size=40) | st.just("Ada\r\nCc: x@example.org") | st.just('"\\,<>@'),
)
def test_line_ends_and_controls_of_others_make_no_header(clinic: str, source: str, name: str):
    view = ReviewView(stars=2, clinic=clinic, source=source, title=clinic, text="Fine.\r\n.\r\nQUIT", url="https://x/")
    envelope = Envelope(**{**{s: getattr(ENVELOPE, s) for s in ENVELOPE.__slots__}, "to_name": name})
    try:
        mail = build_mail(review_message(view, WORDS), envelope, WORDS)
    except ValueError:
        # A lone surrogate: no database holds one, and no mail is made of it.
        assert re.search("[\ud800-\udfff]", clinic + source + name)
        return
    head = bytes(mail).partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert set(names) == HEADERS
    assert len(names) == len(HEADERS)
    read = parse(mail)
    assert read["Subject"].startswith("★★☆☆☆ new review")
    assert [address.addr_spec for address in read["To"].addresses] == ["ada@example.org"]


@pytest.mark.statement("A7")
def test_hostile_names_make_one_header_of_a_mail_that_a_real_server_took(world: World, box: MailBox):
    world.add_person("Ada")
    with world.storage.write() as tx:
        clinics.update_clinic(
            tx.group(world.group_id), world.clinic.id, now=world.clock(), name="Elm\r\nBcc: thief@example.org\r\n\r\nHi"
        )
    world.collect(make_review("x", stars=1, author="Eve\r\nX-Evil: 1", text="Bad.\r\n.\r\nMAIL FROM:<x>"))
    world.work()
    (mail,) = box.mails
    assert mail["Subject"] == "★☆☆☆☆ new review – Elm Bcc: thief@example.org Hi (Google)"
    assert mail["Bcc"] is mail["X-Evil"] is None
    assert set(map(str.lower, mail.keys())) <= HEADERS | {"x-peer", "x-mailfrom", "x-rcptto"}
    assert "MAIL FROM:<x>" in part(mail, "plain")


@pytest.mark.statement("S38")
def test_a_mail_has_the_colour_and_the_logo_of_its_group_and_still_fetches_nothing(world: World, box: MailBox):
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        logo = branding.add_logo(g, body=b"a picture", content_type="image/webp", width=400, height=100, now=NOW)
        branding.save_brand(g, branding.Brand(accent="#7a1f5c", logo=logo))
    world.add_person()
    world.collect(make_review("x", stars=2))
    world.work()
    (mail,) = box.mails
    page = Page(part(mail, "html"))
    logo_tag, stars_tag = [attrs for tag, attrs in page.tags if tag == "img"]
    ids = {each.get_content_type(): each["Content-ID"].strip("<>") for each in mail.walk() if each["Content-ID"]}
    assert (logo_tag["src"], stars_tag["src"]) == (f"cid:{ids['image/webp']}", f"cid:{ids['image/png']}")
    assert (logo_tag["width"], logo_tag["height"]) == ("192", "48")
    assert "background:#7a1f5c;color:#ffffff" in part(mail, "html")
    footer = part(mail, "html").partition("font-size:13px")[2]
    assert "<a " in footer
    assert "#7a1f5c" not in footer, "its ground is grey, and a colour is checked against white"
    assert "#0b5cad" not in part(mail, "html")


@pytest.mark.statement("S38")
def test_mail_is_whole_as_text_fetches_nothing_and_ends_by_one_click(world: World, box: MailBox):
    world.add_person()
    world.collect(make_review("x", stars=2, title="Waiting", text="An hour & a half.\n<b>Never</b> again."))
    world.work()
    (mail,) = box.mails
    text, html = part(mail, "plain"), part(mail, "html")
    page = Page(html)
    for said in (
        "Waiting",
        "An hour & a half.",
        "<b>Never</b> again.",
        "1 or 2 stars",
        "Elm Street – Google",
        "2 stars",
    ):
        assert squeeze(said) in squeeze(text)
        assert squeeze(said) in squeeze(page.text)
    assert "\n2 stars\n" in text.replace("\r", "")
    assert "2 stars" in {attrs.get("alt") for _, attrs in page.tags}
    links = re.findall(r"https://\S+", text)
    assert set(links) == {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    # CSS is inline, the one picture travels in the mail: nothing is fetched, so no opening is seen.
    assert not {"style", "link", "script", "iframe"} & {tag for tag, _ in page.tags}
    (picture,) = [attrs["src"] for tag, attrs in page.tags if tag == "img"]
    assert not re.search(r"url\(|srcset|background=", html)
    (png,) = [each for each in mail.walk() if each.get_content_type() == "image/png"]
    assert picture == "cid:" + png["Content-ID"].strip("<>")
    assert png.get_content() == stars_png(2)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip("<>") in links
    assert mail["Auto-Submitted"] == "auto-generated"


def test_one_click_ends_that_kind_of_mail_and_no_other(world: World, box: MailBox):
    person = world.add_person()
    world.collect(*world.new(1, stars=1))
    world.work()
    token = box.mails[0]["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert end_mails(world.storage, world.desk.settings, token, world.clock()) is True
    assert end_mails(world.storage, world.desk.settings, token[:-2] + "xx", world.clock()) is False
    with world.storage.read() as tx:
        (rule,) = alerts.find_rules(tx.group(world.group_id), person_id=person)
    assert rule.wishes == Wishes(urgent="never")
    world.collect(*world.new(1, stars=1))
    world.work()
    assert len(box.mails) == 1


def test_token_is_ours_alone_and_outlives_a_change_of_keys():
    ending = Ending(group="g1", person="p1", topic="digest")
    token = make_token(ending, [KEY])
    assert read_token(token, ["n" * 40, KEY]) == ending
    assert read_token(token, ["n" * 40]) is None
    for bad in ("", "~", "x~y", token + "A", "é~é", make_token(Ending(group="g", person="p", topic="all"), [KEY])):
        assert read_token(bad, [KEY]) is None
    for at in range(len(token)):
        flipped = token[:at] + ("B" if token[at] == "A" else "A") + token[at + 1 :]
        found = read_token(flipped, [KEY])
        assert found in (None, ending)  # the last character of base64 may carry spare bits


def test_message_in_french_is_french_in_every_part(world: World, box: MailBox):
    world.add_person("Zoé", language="fr", email="zoe@example.org")
    world.collect(make_review("x", stars=1, text="Trop long."))
    world.work()
    (mail,) = box.mails
    assert mail["Subject"] == "★☆☆☆☆ nouvel avis – Elm Street (Google)"
    assert mail["Content-Language"] == "fr"
    text = part(mail, "plain")
    for said in (
        "Pourquoi tout de suite\N{NO-BREAK SPACE}: 1 ou 2 étoiles.",
        "1 étoile",
        "Ouvrir l’avis",
        "Ne plus recevoir ces courriels",
    ):
        assert said in text
    assert 'lang="fr"' in part(mail, "html")


def test_quiet_week_is_told_too(world: World, box: MailBox):
    world.add_person()
    for label in ("Yelp", "Facebook", "Own website"):
        world.add_source(label)
    world.clock.now = world.clock.now + timedelta(days=13, hours=1)
    world.work()
    (mail,) = box.mails
    assert mail["Subject"] == "Your week: no new reviews; all 4 sources healthy – Maple Health"
    text = part(mail, "plain")
    assert "No new reviews; all 4 sources healthy." in text
    assert "New reviews: 0 (the week before: 0)" in text
    assert "too few to say" in text


def test_digest_tells_figures_with_change_what_to_answer_and_trouble_and_threads(world: World, box: MailBox):
    world.add_person()
    world.wish(None, world.add_channel("slack", "http://127.0.0.1/x", digest=False)[0].id, digest=False)
    world.collect(*world.new(5, stars=5), make_review("low", stars=1, text="Nobody answered.", title="Phone"))
    world.work()
    with world.storage.session(writable=True) as session:
        session.execute("UPDATE sources SET failures = 1, hint = 'The page was not there. Please check the address. "
                        "The last good figures stay.'")  # fmt: skip
    world.clock.now = world.clock.now.replace(day=7, hour=13)
    world.work()
    (digest,) = [mail for mail in box.mails if "Your week" in mail["Subject"]]
    text = part(digest, "plain")
    assert digest["Subject"] == "Your week: 6 new reviews; 1 source needs attention – Maple Health"
    for said in (
        "New reviews: 6 (the week before: 0)", "with 1 or 2 stars: 1 (the week before: 0)",
        "Mean of the new ones that were read here (derived): 4.3 of 5 (the week before: too few to say)",
        "★☆☆☆☆ Elm Street (Google): https://", "The page was not there.",
    ):  # fmt: skip
        assert said in text
    world.clock.now = world.clock.now + timedelta(days=7)
    world.work()
    assert box.mails[-1]["References"] == digest["References"]
    assert box.mails[-1]["Message-ID"] != digest["Message-ID"]


def test_address_that_cannot_be_a_mails_is_given_up_at_once(world: World, box: MailBox):
    world.add_person("Ada", email="no address\r\nBcc: x")
    world.collect(*world.new(1, stars=1))
    world.work()
    assert [line.delivery.state for line in world.log()] == ["dead"]
    assert box.mails == []


def test_long_text_is_cut_and_says_so():
    view = ReviewView(stars=1, clinic="Elm", source="G", title="", text="word " * 2000, url="https://x/")
    quote = next(line for line in review_message(view, WORDS).lines if line.quote)
    assert len(quote.text) < 1600
    assert quote.text.endswith("…")


def test_picture_shows_so_many_stars():
    assert len({stars_png(stars) for stars in range(6)}) == 6
    assert all(len(stars_png(stars)) < 2000 for stars in range(6))
    assert stars_png(3)[:8] == b"\x89PNG\r\n\x1a\n"


def test_message_without_anything_to_open_is_a_mail_too():
    mail = parse(build_mail(Message(subject="S", heading="H", lines=(Line(text="L"),)), ENVELOPE, WORDS))
    assert "H\n\nL\n\n-- \n" in part(mail, "plain").replace("\r\n", "\n")
