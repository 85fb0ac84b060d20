"""How the group looks in its reports and mails: a colour on which text can be read, and a logo."""

from flask import make_response, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.normalize.picture import LEAST_PIXELS, MOST_BYTES, MOST_PIXELS, NoPicture, Picture, read_picture
from reviews.reputation.colours import LEAST, contrast_with_white, darken, read_colour
from reviews.storage import GroupTransaction, branding, groups, reports
from reviews.storage.branding import Brand, StoredLogo
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import read_form, write_once
from reviews.web.state import get_words, state

NO_COLOUR = N_("Write a colour as # and six digits or letters from a to f, for example #0b5cad.")
NO_PICTURE = N_("This is no PNG, JPEG or WebP picture, or it is broken. SVG is not taken: it can hold programs.")
TOO_LARGE = N_("The file is larger than {n} KB. Please make it smaller.")
ODD_SIZE = N_("The picture has {width} × {height} pixels; each side must have {least} to {most}.")


@blueprint.get("/settings/branding")
def branding_page() -> str:
    """The colour and the logo that are used now."""
    with reading() as g:
        brand = branding.find_brand(g)
    return _page({"accent": brand.accent}, {})


@blueprint.post("/settings/branding")
def save_branding() -> Response:
    """Save a colour on which white text can be read, and a small picture; refuse others with a reason."""
    form = read_form("accent", "drop_logo")
    accent, fault = read_accent(form["accent"])
    faults = {"accent": fault} if fault else {}
    sent = [each for each in request.files.getlist("logo") if each.filename]
    picture: Picture | None = None
    if len(request.files) > 1 or len(sent) > 1:
        faults["logo"] = get_words().text(NO_PICTURE)
    elif sent:
        picture, fault = read_logo(sent[0].stream.read(MOST_BYTES + 1))
        faults |= {"logo": fault} if fault else {}
    if faults:
        return make_response(_page({"accent": form["accent"]}, faults), 400)

    def work(g: GroupTransaction) -> str:
        before = branding.find_brand(g)
        logo = "" if form["drop_logo"] == "yes" else before.logo
        if picture is not None:
            logo = branding.add_logo(
                g, body=picture.body, content_type=picture.content_type, width=picture.width, height=picture.height,
                now=state().clock(),
            )  # fmt: skip
        branding.save_brand(g, Brand(accent=accent, logo=logo))
        group = groups.get_group(g.tx, g.group_id)
        note(g, "group.branding", "group", group.public_id,
             {"accent": before.accent, "logo": before.logo[:12]}, {"accent": accent, "logo": logo[:12]})  # fmt: skip
        return url_for("dashboard.branding_page", done="saved")

    return write_once(work)


@blueprint.get("/settings/branding/logo")
def brand_logo() -> Response:
    """The logo that is used now."""
    with reading() as g:
        found = branding.find_logo(g, branding.find_brand(g).logo)
    return logo_answer(found)


@blueprint.get("/reports/<public_id>/logo")
def report_logo(public_id: str) -> Response:
    """The logo with which a report was made."""
    with reading() as g:
        frozen = reports.get_report(g, public_id).inputs.get("brand", {})
        found = branding.find_logo(g, str(frozen.get("logo", "")))
    return logo_answer(found)


def logo_answer(found: StoredLogo | None) -> Response:
    """A picture of ours and nothing else; 404 without one."""
    if found is None:
        raise NotFound
    answer = Response(found.body, content_type=found.content_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer


def allow_logo() -> None:
    """Before the form is read: a logo may be larger than a form."""
    if request.endpoint == "dashboard.save_branding":
        request.max_content_length = MOST_BYTES + 64 * 1024


def read_accent(text: str) -> tuple[str, str]:
    """A colour, and why it is refused ("" if it is not). An empty one is the program's own."""
    words = get_words()
    if not text:
        return "", ""
    colour = read_colour(text)
    if colour is None:
        return "", words.text(NO_COLOUR)
    ratio = contrast_with_white(colour)
    if ratio < LEAST:
        return "", words.text(
            N_("White text on this colour is hard to read: its contrast is {ratio} to 1, and {least} are needed "
               "(WCAG AA). This shade of it is dark enough: {shade}"),
            ratio=words.decimal(f"{int(ratio * 100) / 100:.2f}"), least=words.decimal(str(LEAST)), shade=darken(colour),
        )  # fmt: skip
    return colour, ""


def read_logo(body: bytes) -> tuple[Picture | None, str]:
    """A picture, and why it is refused ("" if it is not)."""
    words = get_words()
    if len(body) > MOST_BYTES:
        return None, words.text(TOO_LARGE, n=words.number(MOST_BYTES // 1000))
    try:
        picture = read_picture(body)
    except NoPicture:
        return None, words.text(NO_PICTURE)
    if not all(LEAST_PIXELS <= side <= MOST_PIXELS for side in (picture.width, picture.height)):
        sides = {"width": words.number(picture.width), "height": words.number(picture.height)}
        limits = {"least": words.number(LEAST_PIXELS), "most": words.number(MOST_PIXELS)}
        return None, words.text(ODD_SIZE, **sides, **limits)
    return picture, ""


def _page(values: dict[str, str], faults: dict[str, str]) -> str:
    with reading() as g:
        brand = branding.find_brand(g)
        logo = branding.find_logo(g, brand.logo)
        name = groups.get_group(g.tx, g.group_id).name
    return render(
        "branding.html", "settings", values=values, faults=faults, brand=brand, logo=logo, name=name,
        kilobytes=MOST_BYTES // 1000,
    )  # fmt: skip
