# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Words by which pages name what they show, in class names, ids and headings, in many languages."""

import re
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

KINDS: dict[str, re.Pattern[str]] = {
    kind: re.compile(rf"(?:{pattern})\Z")
    for kind, pattern in {
        "review": r"testim\w*|temoignages?|testimon\w*|reviews?|review(?:s?(?:item|card|box|list|block|slide|wrap\w*|body"
        r"|content|container|section|grid|slider|carousel|widget|entry|post))|feedbacks?|opinions?|opiniones|opinie|opinia|"
        r"opinioni|recensi\w+|recenz\w+|rezension\w*|bewertung\w*|kundenstimm\w*|patientenstimm\w*|kundenmeinung\w*|"
        r"referenz(?:en)?|resenas?|valoracion(?:es)?|beoordeling\w*|ervaring(?:en)?|avis|depoiment\w*|avaliac\w*|yorum\w*|"
        r"otzyv\w*|omdome\w*|waardering\w*|palaute\w*|erfahrungsbericht\w*|guestbook|gaestebuch|anmeldelse\w*|udtalelse\w*|hodnoceni|kundenfeedback|"
        r"(?:client|customer|patient|user|guest)(?:say|says|review|reviews|quote|quotes|feedback|voice|voices)|rezensionen|"
        r"reviewstream|googlereviews",
        "comment": r"comments?|kommentar\w*|commentaires?|comentarios?|commenti|reacties|commentlist",
        "author": r"authors?|autor\w*|auteur|autore|verfasser|reviewer\w*|names?|nom|nombre|nome|cite|byline|by|client|"
        r"clientname|customer|customername|patientname|patient|person|users?|username|profile|fullname|displayname|writer|"
        r"testimonialname|testimonialauthor|reviewauthor|reviewername|firma|imie|kunde|attribution|signature|who",
        "date": r"dates?|time|timeago|datetime|posted|published|datum|fecha|data|when|ago|reviewdate|timestamp",
        "text": r"text\w*|content|body|message|quotes?|desc|description|excerpt|copy|say|words|opis|inhalt|texte|"
        r"contenido|testo|tekst|paragraph|reviewtext|reviewbody|testimonialtext|testimonialcontent",
        "stars": r"stars?|starrating|ratings?|rate|rateit|rateyo|raty|barrating|sterne?|estrellas?|stelle|etoiles?|note|gwiazdki|score|valoracion|voto|"
        r"ocena|reviewrating|rated|reviewstars|fivestar\w*",
        "title": r"title|headline|heading|subject|summary|titre|titel|titulo|titolo|reviewtitle",
        "reply": r"repl(?:y|ies)|responses?|answers?|antwort\w*|respuesta|reponse|risposta|ownerresponse|ownerreply|"
        r"bypostauthor|odpowiedz",
        "children": r"children|replies|subcomments|thread",
        "meta": r"verified|badge|source|platform|location|city|role|job|position|company|place|country|occupation|verify|"
        r"verificad\w|verificat\w|verifie\w*|likes?|helpful|share|useful|avatar|initials?|photo|thumb\w*|icon|localguide|"
        r"service|treatment|category|subtitle|designation|title2",
        "other": r"blog|blogs|employees?|colleagues?|post|posts|news|article|articles|services?|products?|team|staff|doctors?|faqs?|accordion|"
        r"pricing|prices?|features?|steps?|events?|jobs?|careers?|gallery|portfolio|cta|menu|nav|navbar|navigation|"
        r"breadcrumbs?|pagination|sidebar|related|recipes?|ingredients?|instructions?|offers?|locations?|benefits?|"
        r"question|questions|qa|videos?|cookie|cookies|consent|popup|modal|login|search|tabs?|treatments?|hero|banner|"
        r"partners?|awards?|stats|counter|newsletter|subscribe|social|share|footer|header|toolbar|cart|checkout",
        "total": r"aggregate|average|avg|overall|summary|total|totals|count|badge|score|statistics?",
        "nav": r"nav|navbar|navigation|menu|menus|breadcrumbs?|pagination|pager|cookie|cookies|cookiebar|topbar|offcanvas|"
        r"megamenu|langswitch|dropdown",
    }.items()
}
"""What a class token says about its element."""

_UTILITY = re.compile(
    r"(?:text|font|content|items|justify|order|title|date|quote)-(?:\[|[2-9]?xl\b|xs|sm|md|lg|base|left|right|center|start|end|justify|between|"
    r"around|first|last|bold|normal|light|medium|semibold|white|black|muted|primary|secondary|dark|body|uppercase|capitalize|lowercase|truncate|wrap|"
    r"nowrap|(?:gray|grey|slate|zinc|neutral|stone|red|blue|green|yellow|amber|orange|teal|cyan|sky|indigo|purple|pink)-\d+)",
    re.IGNORECASE,
)
"""Names of looks, not of meaning: ``text-sm``, ``text-gray-500``, ``font-bold``."""
_NOISE = re.compile(
    r"\A(?:col|row|xs|sm|md|lg|xl|active|current|first|last|odd|even|alt|slide|slick|swiper|owl|cloned?|item|animated|fade\w*|"
    r"visible|hidden|aos|wow|delay|show|in|depth|thread|css|mb|mt|ml|mr|pb|pt|p|m|w|h|d|clearfix|text|bg|justify|align|flex|"
    r"is|has|js|\d+|[a-z]{0,3}\d[\w]*|[a-f0-9]{6,})\Z"
)


def tokens(value: str) -> list[str]:
    """``reviewCard review__author`` → review, card, review, author; in lower case, at most 40."""
    return [token.lower() for token in _TOKEN.findall(_CAMEL.sub(" ", value[:400]))][:40]


def kinds_of(value: str) -> frozenset[str]:
    """The kinds that a class attribute or an id names; a whole name counts beside its parts."""
    found: set[str] = set()
    for name in value[:400].split()[:12]:
        if _UTILITY.match(name):
            continue
        parts = tokens(name)
        for token in {*parts, "".join(parts)}:
            found.update(kind for kind, pattern in KINDS.items() if pattern.match(token))
    return frozenset(found)


@lru_cache(maxsize=4096)
def shape_of(value: str) -> str:
    """A class attribute without what differs from sibling to sibling: numbers, states, columns of a grid."""
    kept = [name for name in value[:400].split()[:20] if not all(_NOISE.match(part) for part in tokens(name) or [""])]
    return " ".join(sorted(set(kept)))


_PEOPLE = (
    r"(?:patient\w*|client\w*|customer\w*|people|guest\w*|member\w*|other\w*|families|parents|users|pazient\w*|clienti|pacjen\w*|"
    r"klien\w*|kunden|patienten|patientinnen|paciente\w*|hasta\w*|müşteri\w*|klanten|patiënten|они|пациент\w*|клиент\w*)"
)
REVIEW_PHRASE = re.compile(
    r"\b(?:reviews?|testimonials?|feedback|kind words|success stories|love letters|wall of love|guest ?book|praise)\b|"
    rf"\b(?:comments?|notes?|letters?|thanks) from\b.{{0,20}}\b{_PEOPLE}|\b(?:patient|client|customer|visitor)s?['’]? (?:comments?|stories|voices|quotes|"
    r"experiences?|opinions?)\b|"
    rf"\bwhat\b.{{0,40}}\b(?:say|says|saying|said|think)\b|\bhear(?:d)? (?:it )?from\b.{{0,20}}\b{_PEOPLE}|"
    rf"\b(?:loved|trusted|recommended|rated) by\b.{{0,20}}{_PEOPLE}|\b(?:in|from) (?:our|the) {_PEOPLE}['’]? (?:own )?words|"
    r"\bwords from\b|\b(?:happy|satisfied) (?:patients|clients|customers)\b|"
    r"\bopini(?:e|i|a|on|ón|ones|oni|ões|ão)\b|\brekomendacje\b|\brecenz\w+|\bhodnocení\b|\breference\b|\bco říkají\b|\brecensi\w+|"
    r"\btestimonianz\w+|\bdicono di\b|\bcosa (?:dicono|pensano)\b|\bvoci dei\b|\bbewertung\w*|\brezension\w*|\berfahrungs?\w*|"
    r"\bkundenstimmen|\bpatientenstimmen|\bdas sagen\b|\bwas\b.{0,30}\bsagen\b|\bmeinungen\b|\bgästebuch\b|\breferenzen\b|"
    r"\bavis\b|\btémoignages?\b|\bce qu[’'e].{0,30}\b(?:disent|pensent|dit)\b|\bils (?:nous|en) |\bcommentaires\b|"
    r"\btestimonios?\b|\bre[sñ]eñas\b|\breseñas?\b|\bvaloraciones\b|\b(?:lo )?que dicen\b|\bdicen de\b|\bcomentarios\b|"
    r"\bervaringen\b|\bbeoordelingen\b|\bwaarderingen\b|\bwat\b.{0,30}\bzeggen\b|\byorum\w*|\bgörüş\w*|\bdeğerlendirme\w*|\bdepoimentos?\b|"
    r"\bavaliações\b|\bo que\b.{0,30}\bdizem\b|отзыв\w*|відгук\w*|мнения|\bomdömen?\b|\banmeldelser\b|\budtalelser\b|"
    r"\bsiger\b.{0,20}\bom os\b|\barvostelu\w*|\bpalautte\w*|\bvélemény\w*|\bpáreri\b|\brecenzii\b|\bmnenja\b|\biskustva\b|κριτικές|"
    r"μαρτυρίες|αξιολογήσεις|آراء|تقييمات|مراجعات|شهادات|ביקורות|המלצות|חוות דעת|レビュー|口コミ|お客様の声|患者様の声|评价|评论|"
    r"評價|후기|리뷰|đánh giá|रिव्यू|समीक्षा",
    re.IGNORECASE,
)
"""A heading that announces reviews."""


@lru_cache(maxsize=4096)
def announces(text: str) -> bool:
    """Whether a heading or short line announces reviews, and does not ask for them."""
    return bool(REVIEW_PHRASE.search(text)) and not ASKING.search(text) and not _STAFF_SAYS.search(text)


_STAFF_SAYS = re.compile(
    r"\b(?:employees?|staff|team(?: members?)?|colleagues?|trainees?|doctors|dentists|therapists|experts|mitarbeiter\w*|kolleg\w+|equipo|équipe|personale|medewerkers)\b"
    r"['’s]{0,2} (?:\w+ ){0,2}?(?:reviews?|testimonials?|stories|voices?|feedback|says?|said|think|sagen|sagt|disent|dit|dicen|dice|dicono|zeggen)\b",
    re.IGNORECASE,
)
"""What people who work there say is no review of the place."""
ASKING = re.compile(
    r"\b(?:leave|write|submit|add|post|give|share|read|see|view|more|all|show)\b.{0,25}\b(?:reviews?|testimonials?|feedback|"
    r"experience|rating)\b|\b(?:donnez|laissez|laisser|déposer|écrire|lire)\b.{0,20}\bavis\b|\b(?:lascia|scrivi|leggi)\b.{0,20}"
    r"\brecension\w*|\b(?:deja|escribe|escribir|leer|ver)\b.{0,25}\b(?:reseñas?|opini[oó]n\w*)|"
    r"\b(?:bewertung(?:en)?|rezension)\b.{0,20}\b(?:schreiben|abgeben|lesen|ansehen)\b|\b(?:schrijf|lees|bekijk)\b.{0,20}\breviews?\b|"
    r"\b(?:dodaj|napisz|zobacz)\b.{0,15}\bopini\w+|\byorum (?:yap|yaz)\w*|\bleave a (?:reply|comment)\b",
    re.IGNORECASE,
)
"""A button or heading that asks for reviews, or leads to them."""


def asks(text: str) -> bool:
    """Whether a short text asks for reviews, or leads to them."""
    return len(text) < 60 and bool(ASKING.search(text))


WRITING = re.compile(
    r"\b(?:leave|write|submit|post|give)\b.{0,20}\b(?:reviews?|testimonial|feedback|rating)\b|\b(?:donnez|laissez|laisser|déposer|écrire)\b.{0,20}\bavis\b|"
    r"\b(?:lascia\w*|scriv\w+)\b.{0,20}\b(?:recension|opinion|feedback)\w*|\b(?:deja\w*|escrib\w+)\b.{0,25}\b(?:reseña|opini[oó]n|valoraci[oó]n)\w*|"
    r"\b(?:bewertung|rezension)\b.{0,20}\b(?:schreiben|abgeben|hinterlassen)\b|\bbewerten sie\b|\bschrijf\b.{0,20}\b(?:review|beoordeling)\b|"
    r"\b(?:dodaj|napisz|wystaw|zostaw)\b.{0,15}\bopini\w+|\byorum (?:yap|yaz)\w*|\bdeixe\b.{0,25}\b(?:avaliação|depoimento|opinião)|"
    r"\b(?:оставить|оставьте|написать)\b.{0,15}\bотзыв|\bskriv\b.{0,20}\b(?:omdöme|anmeldelse|recension)",
    re.IGNORECASE,
)
"""A call to write a review."""
OTHER_PHRASE = re.compile(
    r"\b(?:recent posts|latest (?:posts|news|articles)|related (?:posts|articles|products|recipes)|you may also like|our (?:team|"
    r"services|treatments|doctors)|services|treatments|team|faqs?|frequently asked|questions|news|blog|awards?|accreditations?|memberships?|certifications?|our values|ingredients|instructions|"
    r"preguntas frecuentes|servicios|noticias|actualités|nos services|questions fréquentes|leistungen|häufige fragen|aktuelles|"
    r"domande frequenti|servizi|notizie|pytania|usługi|aktualności|hizmet\w*|haberler|veelgestelde vragen|diensten|pricing)\b",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\b(?:similar|nearby|near (?:you|here)|others?|related|autres?|à proximité|similaires|weitere|ähnliche|andere|in der nähe|otr[oa]s|cercan[oa]s|altr[ie]|"
    r"vicin[oi]|inn[ei]|outr[oa]s|alternatives?)\b",
    re.IGNORECASE,
)
"""A heading of things that are not the page's own: neighbours, colleagues, what a directory offers beside it."""
REPLY_START = re.compile(
    r"\W{0,3}(?:response from(?: the)?|reply from|owner['’]?s? (?:response|reply|answer)|(?:response|reply|answer) (?:from|by|of) (?:the )?"
    r"(?:owner|business|clinic|practice|team|management|dr\b)|(?:the )?(?:owner|business|clinic|practice|doctor|team) (?:responded|replied|answered|"
    r"response|reply)|(?:replied|responded) on\b|antwort (?:vom|des|der|von)|réponse (?:du|de|de la)\b|risposta (?:del|della|di)|respuesta (?:del|de la|de)|"
    r"resposta d[oae]|odpowiedź (?:właściciela|od|firmy)|reactie van|svar fra|svar från|ответ (?:от|владельца)|işletme yanıtı|(?:admin\w*|webmaster)['’s]{0,2} (?:comment|reply|response|note)|"
    r"yanıt|le propriétaire a répondu|kommentar (?:vom|des) (?:inhaber|praxis)\w*|odpověď)",
    re.IGNORECASE,
)
NO_REPLY = re.compile(
    r"\b(?:has|have) not (?:yet )?(?:replied|responded|answered)\b|\bno (?:reply|response|answer) yet\b|\bnoch (?:nicht geantwortet|keine antwort)\b|"
    r"\bpas encore (?:répondu|de réponse)\b|\baún no ha respondido\b|\bnon ha ancora risposto\b",
    re.IGNORECASE,
)
"""What stands where an answer would stand."""
_PLATFORM_WORDS = (
    "google facebook yelp trustpilot tripadvisor doctolib jameda zocdoc healthgrades ratemds miodottore doctoralia znanylekarz opencare doctify provenexpert "
    "vitals birdeye webmd whatclinic zorgkaart bing houzz angi capterra booking kununu instagram linkedin youtube whatsapp"
)
PLACEHOLDER = re.compile(
    r"\blorem ipsum\b|\bdolor sit amet\b|\bconsectetur adipisc|\but enim ad minim\b|\bduis aute irure\b|\bexcepteur sint\b|\bsed ut perspiciatis\b|\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|<%=.{0,80}?%>|\$\{[\w.]{1,60}\}|"
    r"\[(?:name|author|text|patient name|your text|testimonial|review)\]|\b(?:your|sample|example) (?:testimonial|review|text) (?:goes )?here\b",
    re.IGNORECASE,
)
"""What a template holds before anybody has written into it."""
NOT_A_NAME = re.compile(
    rf"\W*(?:(?:{'|'.join(_PLATFORM_WORDS.split())})(?:\W(?:com|de|fr|it|es|pl|reviews?|maps|review|rezension|bewertung|recensione|avis|opinie))*|"
    r"(?:read|see|show|view|load|learn|find) (?:more|less|all|full\b.*|on\b.*)|more|less|verified\b.*|google(?: (?:reviews?|maps))?|"
    r"facebook|yelp|trustpilot|tripadvisor|doctolib|jameda|zocdoc|healthgrades|ratemds|bewertung(?: auf google)?|source|"
    r"local guide\b.*|new|share|like|likes?|helpful\??|report|flag|reply|répondre|antworten|responder|rispondi|translate\b.*|"
    r"anonymous review|(?:posted|reviewed|visited|written|submitted|replied|published|added)(?: (?:on|by)\b.*)?|reviews?|testimonials?|rating|ratings|stars?|star rating|previous|next|prev|back|"
    r"(?:your|votre|ihr|tu|su|il tuo|twoje) (?:\w+ )?(?:name|nom|nombre|nome|imię|e-?mail)|home|contact(?: us)?|book (?:now|online|an appointment)|call (?:us|now)|mehr(?: lesen| anzeigen)?|weiterlesen|lire (?:la suite|plus)|"
    r"voir plus|leer más|ver más|leggi(?: tutto| di più)?|lees meer|czytaj (?:więcej|dalej)|devamı(?:nı oku)?|suivant|précédent|"
    r"quelle\b.*|via\b.*|date|name|author|comment|comments?|avis|opinie|recensione|edited|updated|\d+)\W*",
    re.IGNORECASE,
)
"""Labels that look like a name and are none."""
AFTER_NAME = re.compile(
    r"\s*[-–—|·,]\s*(?:posted|reviewed|submitted|published|written)(?: on)?\s*\Z|"
    r"\s*(?:[·•|,;/–—-]\s*|\()?\s*(?:(?:verified|verificad[oa]|verificat[oa]|vérifiée?|verifiziert\w*|zweryfikowan\w+|geverifieerd\w*)"
    r"(?: (?:\w+))?|(?:patient|paciente|paziente|client|cliente|customer|kunde|patientin|pacjent|pacjentka)e?"
    r" (?:verified|verificad[oa]|verificat[oa]|vérifiée?|verifiziert)|"
    r"(?:(?:via|on|from|auf|sur|su|en|op|on)\s+)?(?:google(?: (?:reviews?|maps|rezension|bewertung))?|facebook|yelp|trustpilot)"
    r"(?: reviews?)?)\)?\s*\Z",
    re.IGNORECASE,
)
BEFORE_NAME = re.compile(
    r"\A\s*(?:[-–—―~•·*]+|\u2212|by\b:?|(?:sent|shared|added|given|left|told|signed) by\b:?|von\b|par\b|por\b|di\b|reviewed by|written by|posted by|review by|submitted by|"
    r"author:|name:|avis de|bewertung von|opinión de|recensione di|geschreven door|door\b)\s*",
    re.IGNORECASE,
)
PLATFORMS = {
    "google": "Google", "facebook": "Facebook", "yelp": "Yelp", "trustpilot": "Trustpilot", "tripadvisor": "Tripadvisor",
    "doctolib": "Doctolib", "jameda": "Jameda", "healthgrades": "Healthgrades", "zocdoc": "Zocdoc", "ratemds": "RateMDs",
    "miodottore": "MioDottore", "doctoralia": "Doctoralia", "znanylekarz": "ZnanyLekarz", "opencare": "Opencare",
    "doctify": "Doctify", "provenexpert": "ProvenExpert", "vitals": "Vitals", "birdeye": "Birdeye", "webmd": "WebMD",
    "whatclinic": "WhatClinic", "topdoctors": "Top Doctors", "zorgkaart": "ZorgkaartNederland", "bing": "Bing",
}  # fmt: skip
"""Platforms by the word that names them, for the message beside a total."""
