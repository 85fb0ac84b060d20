# ruff: noqa: E501 - a table reads best with one row on one line
"""Words of dates in eight languages: month names, units, "ago", filler. Keys are in lower case, without final dots."""

from reviews.normalize.numbers import words

MONTHS = {
    name: number
    for number, line in enumerate(
        (
            "january jan janvier janv januar jänner enero ene gennaio gen januari stycznia styczeń sty janeiro",
            "february feb février fevrier févr fév fevr februar febrero febbraio februari lutego luty lut fevereiro fev",
            "march mar mars märz maerz mär mrz marzo maart mrt marca marzec março marco",
            "april apr avril avr abril abr aprile kwietnia kwiecień kwi",
            "may mai mayo maggio mag mei maja maj maio",
            "june jun juin juni junio giugno giu czerwca czerwiec cze junho",
            "july jul juillet juil juli julio luglio lug lipca lipiec lip julho",
            "august aug août aout agosto ago augustus sierpnia sierpień sie",
            "september sep sept septembre septiembre set settembre września wrzesień wrz setembro",
            "october oct octobre oktober okt octubre ottobre ott października październik paź outubro out",
            "november nov novembre noviembre listopada listopad lis novembro",
            "december dec décembre decembre déc dezember dez diciembre dic dicembre grudnia grudzień gru dezembro",
        ),
        start=1,
    )
    for name in line.split()
}

WEEKDAYS = words(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so",
    "lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo",
    "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "segunda terça quarta quinta sexta feira",
)

FILLER = words(
    "on the of in at by review reviewed rated posted published written added submitted created updated edited last date",
    "visited visit experience dated from st nd rd th and about around over",
    "le la l du de des en à au er publié publiée avis écrit écrite rédigé rédigée posté postée ajouté déposé déposée noté",
    "évalué modifié modifiée mis mise jour date d expérience dernière modification visité visite environ plus",
    "am vom den der im um veröffentlicht geschrieben bewertet bewertung erstellt hinzugefügt bearbeitet zuletzt geändert",
    "datum der erfahrung besucht etwa ungefähr über",
    "el del los publicado publicada escrito escrita opinión reseña editado editada fecha experiencia aproximadamente",
    "il di dello pubblicato pubblicata scritto scritta recensito recensita modificato modificata data dell esperienza circa",
    "op geplaatst geschreven beoordeeld bewerkt datum van ervaring ongeveer gepubliceerd",
    "opublikowano dodano napisano edytowano data wizyty około dnia r roku",
    "em publicado publicada escrito escrita avaliado avaliada editado editada data da do experiência cerca",
)
"""Words around a date that change nothing in it: "Reviewed on", "Publié le", "Date of experience"."""

UNITS = {
    name: unit
    for unit, line in (
        ("second", "second seconds sec secs seconde secondes sekunde sekunden segundo segundos secondo secondi seconden"),
        ("second", "sekunda sekundę sekundy sekund s"),
        ("minute", "minute minutes min mins minuten minuto minutos minuti minuut minuta minutę minuty minut"),
        ("hour", "hour hours hr hrs h heure heures stunde stunden std hora horas ora ore uur uren godzina godzinę godziny godzin"),
        ("day", "day days d jour jours tag tage tagen día días dia dias giorno giorni dag dagen dzień dni j"),
        ("week", "week weeks wk wks w semaine semaines woche wochen semana semanas settimana settimane weken"),
        ("week", "tydzień tygodnie tygodni"),
        ("month", "month months mo mos mois monat monate monaten mes meses mese mesi maand maanden"),
        ("month", "miesiąc miesiące miesięcy mês"),
        ("year", "year years yr yrs y an ans année années jahr jahre jahren año años anno anni jaar jaren rok lata lat ano anos"),
    )
    for name in line.split()
}  # fmt: skip

ONE = words("a an one un une ein eine einem einer eines uno una een jeden jedną um uma")
SMALL_NUMBERS = {
    name: number
    for number, line in enumerate(
        (
            "two deux zwei dos due twee dwa dwie dois duas",
            "three trois drei tres tre drie trzy três",
            "four quatre vier cuatro quattro cztery quatro",
            "five cinq fünf cinco cinque vijf pięć",
            "six sechs seis sei zes sześć",
            "seven sept sieben siete sette zeven siedem sete",
            "eight huit acht ocho otto osiem oito",
            "nine neuf neun nueve nove negen dziewięć",
            "ten dix zehn diez dieci tien dziesięć dez",
        ),
        start=2,
    )
    for name in line.split()
}

AGO = words("ago vor hace fa geleden temu há atrás")
"""Words that make a number and a unit a time before now; French "il y a" is three of them."""
AGO_FRENCH = ("il", "y", "a")

DAYS_BACK = {
    name: days
    for days, line in (
        (0, "today now aujourd'hui heute hoy oggi vandaag dziś dzisiaj hoje"),
        (1, "yesterday hier gestern ayer ieri gisteren wczoraj ontem"),
        (2, "avant-hier vorgestern anteayer altroieri eergisteren przedwczoraj anteontem"),
    )
    for name in line.split()
}
JUST = words(
    "just now moments moment ago instant à l'instant gerade eben soeben ahora mismo adesso zojuist teraz agora"
)

DAY_FIRST_LANGUAGES = frozenset(
    [
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "et",
        "fi",
        "hr",
        "is",
        "it",
        "lv",
        "nb",
        "nl",
        "nn",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sr",
        "sv",
        "tr",
        "uk",
    ]
)
"""Where "12.03.2025" can only be the twelfth of March."""
