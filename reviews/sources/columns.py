"""What the columns of a review table mean, by their headers (English, French, German, Spanish)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

TARGETS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("review_id", "reviewid", "external_id", "uid", "id", "uuid"),
    "rating": (
        "review_rating", "star_rating", "rating", "stars", "score", "note", "etoiles", "bewertung",
        "sterne", "calificacion", "puntuacion", "estrellas", "valoracion", "rating_value",
        "overall_rating", "recommended", "recommend", "recommande",
    ),
    "text": (
        "review_text", "review_body", "review_content", "review", "text", "body", "content",
        "comment", "comments", "commentaire", "avis", "texte", "kommentar", "rezension",
        "bewertungstext", "comentario", "resena", "texto", "opinion", "testimonial", "temoignage",
        "feedback", "caption", "description",
    ),
    "title": ("review_title", "title", "headline", "titre", "titel", "titulo", "subject"),
    "date": (
        "review_date", "review_datetime_utc", "published_at", "date_published", "published",
        "created_at", "date_created", "created", "date", "datum", "fecha", "submitted_at",
        "timestamp", "review_timestamp", "time", "date_avis",
    ),
    "author": (
        "author_name", "reviewer_name", "author_title", "username", "author", "reviewer", "name",
        "user", "auteur", "nom", "autor", "nombre", "verfasser", "customer_name", "customer",
        "patient", "display_name",
    ),
    "reply_date": (
        "reply_date", "response_date", "owner_answer_date", "date_reponse", "antwort_datum",
        "antwortdatum", "fecha_respuesta", "owner_response_date", "replied_at",
    ),
    "reply": (
        "reply", "response", "owner_answer", "owner_response", "owner_reply", "reponse", "antwort",
        "respuesta", "business_response", "reply_text", "response_text",
    ),
    "url": ("review_url", "review_link", "url", "link", "permalink", "lien", "enlace"),
    "language": ("language", "lang", "langue", "sprache", "idioma", "locale", "original_language"),
    "origin": ("source", "site", "platform", "plateforme", "plattform", "plataforma", "origin", "review_source"),
    "clinic": (
        "clinic", "clinic_name", "location", "location_name", "business", "business_name", "place",
        "place_name", "clinique", "etablissement", "standort", "praxis", "filiale", "clinica",
        "sucursal", "practice", "practice_name", "store",
    ),
}  # fmt: skip
"""Targets of a mapping in the order in which they take their column, each with the headers that mean it, best first."""

GRADES = frozenset({"note", "gesamtnote", "schulnote", "durchschnittsnote"})
"""Names of school grades in German, where 1 is the best; "note" is a rating in French."""
_FRENCH = frozenset({
    "auteur", "autrice", "nom", "prenom", "avis", "commentaire", "commentaires", "texte", "titre", "temoignage",
    "etoiles", "lien", "langue", "reponse", "plateforme", "clinique", "etablissement", "date_avis",
    "date_reponse", "nombre_avis",
})  # fmt: skip
"""Names that only French fields have."""

PRIVATE = re.compile(
    r"(?:^|_)(?:e_?mails?|mail|courriel|correo|ip|ip_address|ip_adresse|adresse_ip|phone|telephone|telefon|telefono)(?:$|_)"
)


def header_key(header: str) -> str:
    """A header for comparing: without case, accents and punctuation; "Review Date" → "review_date"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header.strip())
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def may_be_grade(name: str, names: Iterable[str]) -> bool:
    """Whether a number under `name` may be a school grade; "note" is a rating where names beside it are French."""
    return name in GRADES and (name != "note" or _FRENCH.isdisjoint(names))


def is_private(header: str) -> bool:
    """Whether a column holds e-mail addresses, IP addresses or telephone numbers, which are never imported."""
    return bool(PRIVATE.search(header_key(header)))


def propose(headers: Sequence[str]) -> dict[str, str]:
    """Target → header for what the headers say by themselves; no column serves two targets."""
    keys = {header_key(header): header for header in reversed(headers) if header.strip() and not is_private(header)}
    mapping: dict[str, str] = {}
    for target, names in TARGETS.items():
        for name in names:
            if name in keys and keys[name] not in mapping.values() and not may_be_grade(name, keys):
                mapping[target] = keys[name]
                break
    return mapping
