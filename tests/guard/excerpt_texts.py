"""Own texts for fair excerpts: (text, limit in words, how the head must end; None: the text stays whole).

A turn is taken in only up to eight fifths of the limit; beyond that the text stays whole.
"""

_LONG = "The rooms are bright and the chairs are comfortable. The desk answered every question. "
_TAIL = " There is a bakery next door. The bus stops in front of the house. Parking is behind it."

CASES: list[tuple[str, int, str | None]] = [
    # short, or one sentence
    ("Lovely desk.", 50, None),
    ("", 50, None),
    ("😊", 50, None),
    ("Friendly staff and easy parking, I will tell everybody.", 10, None),
    ("One sentence that goes on and on about parking and chairs and plants and never ends", 20, None),
    # whole sentences from the start
    (_LONG + "Booking is easy." + _TAIL, 14, "question."),
    (_LONG + "Booking is easy." + _TAIL, 9, "comfortable."),
    (
        "Good place! Good people! Good coffee! Good music and a nice view over the old harbour of the town.",
        4,
        "people!",
    ),
    ("Why wait? Call them. The line is open from early to late on every working day of the week.", 4, "them."),
    # turns in the next sentence
    (
        "Nice desk. But the phone is never answered. There is a bakery next door and a bus in front of the house.",
        3,
        None,
    ),
    ("Nice desk. However, nobody calls back. There is a bakery next door and a bus in front of the house.", 3, None),
    ("Nice desk. Except on Mondays. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. It is only slow at noon. There is a bakery next door and a bus in front of the house.", 3, None),
    ("Nice desk. Although it is slow. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. That said, it is slow. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. On the other hand, slow. There is a bakery next door and a bus in front of the house.", 3, None),
    ("Nice desk. Yet it is slow. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. Still, it is slow. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. Apart from the noise. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. My one complaint is noise. There is a bakery next door and a bus stop in front of it.", 3, None),
    ("Nice desk. I wish it were quieter. There is a bakery next door and a bus stop in front of the house.", 3, None),
    ("Nice desk. Unfortunately it is loud. There is a bakery next door and a bus stop in front of it.", 3, None),
    ("Bel accueil. Mais personne ne rappelle. Il y a une boulangerie à côté et un arrêt de bus devant.", 3, None),
    ("Bel accueil. Sauf le lundi. Il y a une boulangerie à côté et un arrêt de bus devant la maison.", 3, None),
    ("Bel accueil. Par contre, personne ne rappelle. Il y a une boulangerie à côté et un arrêt de bus.", 3, None),
    ("Bel accueil. En revanche, c'est lent. Il y a une boulangerie à côté et un arrêt de bus devant.", 3, None),
    ("Bel accueil. Dommage pour le bruit. Il y a une boulangerie à côté et un arrêt de bus devant elle.", 3, None),
    ("Bel accueil. Seul bémol, le bruit. Il y a une boulangerie à côté et un arrêt de bus devant elle.", 3, None),
    ("Bel accueil. Néanmoins, c'est lent. Il y a une boulangerie à côté et un arrêt de bus devant elle.", 3, None),
    ("Nice desk. Buttons were missing there. There is a bakery next door and a bus stop in front of it.", 3, "desk."),
    # two turns in a row
    (
        "Nice desk here now. But slow. However kind. There is a bakery next door and a bus stop in front of the house.",
        6,
        "kind.",
    ),
    # abbreviations, initials, numbers, ellipses
    ("We saw Dr. Smith on the day. She was kind to all of us there and took her time with every one.", 8, "day."),
    ("Ask for Mrs. Olive at the desk. She knows every form by heart and smiles at everybody who comes in.", 8, "desk."),
    ("I met J. Doe at the door. He held it open for the pram and helped with the bags as well.", 7, "door."),
    ("It costs 4.50 an hour there. The machine takes cards only after six and coins the rest of the day.", 6, None),
    ("It costs 4.50 an hour there. The machine takes cards after six and coins for the rest of the day.", 6, "there."),
    ("It opens at 8 a.m. on weekdays. There is a bakery next door and a bus stop in front of it.", 7, "weekdays."),
    ("The desk is… well… slow today. There is a bakery next door and a bus stop in front of the house.", 6, "today."),
    ("They wait... and wait. There is a bakery next door and a bus stop in front of the whole house.", 4, "wait."),
    ("Great, e.g. the plants and chairs. There is a bakery next door and a bus stop in front of it.", 6, "chairs."),
    ("Open from approx. nine to five. There is a bakery next door and a bus stop in front of it.", 6, "five."),
    ("Version 2.0 of the form is better. There is a bakery next door and a bus stop in front of it.", 7, "better."),
    ("No. 5 is the door to take. There is a bakery next door and a bus stop in front of the house.", 7, "take."),
    ("See St. Mary Street for parking. There is a bakery next door and a bus stop in front of it.", 6, "parking."),
    # lists
    (
        "1. Easy parking for all 2. Friendly desk. 3. Bright rooms with plants and a view over the old harbour.",
        7,
        "desk.",
    ),
    ("- easy parking\n- friendly desk\n\n- bright rooms with plants and a wide view over the old harbour", 5, "desk"),
    (
        "Easy parking\n\nFriendly desk\n\nBright rooms with plants and a wide view over the old harbour here",
        4,
        "Friendly desk",
    ),
    # quotes and brackets
    ('She said "come in." We did, and there was tea for everybody in the room and a place to sit.', 4, 'in."'),
    ("Nice desk (really nice.) There is a bakery next door and a bus stop in front of the house.", 4, "nice.)"),
    ("« Entrez. » Elle souriait à tous et il y avait du thé pour chacun dans la grande salle.", 2, "Entrez."),
    ("He said “all good!” There is a bakery next door and a bus stop in front of the whole house.", 4, "good!”"),
    # emoji, no spaces, other scripts
    ("Nice desk! 😊 There is a bakery next door and a bus stop in front of the house for you.", 2, "desk!"),
    ("👍👍👍 Nice desk. There is a bakery next door and a bus stop in front of the whole house.", 3, "desk."),
    ("x" * 150, 50, None),
    ("很好的服务。" * 40, 50, "。"),
    # little left over
    ("Nice desk and bright rooms. Good coffee too.", 5, None),
    ("Nice desk and bright rooms here. Six words are left over now.", 6, None),
]
"""Read without sentiment."""

SIGNED: list[tuple[str, int, str | None]] = [
    (
        "Wonderful friendly desk. The treatment was terrible, painful, awful and horrible. I hate this rude, "
        "disgusting, awful place and regret the visit.",
        3,
        None,
    ),
    (
        "Terrible rude desk. The rooms are wonderful, lovely, great and beautiful. I love this friendly, "
        "excellent, happy place and recommend it.",
        3,
        None,
    ),
    (
        "Wonderful friendly desk. The rooms are wonderful, lovely and beautiful. There is a bakery next door as well, "
        "which is great.",
        3,
        "desk.",
    ),
]
"""Read with the sign of the sentiment: praise first and blame after is not cut to its praise."""
