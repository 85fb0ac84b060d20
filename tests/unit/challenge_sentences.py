"""Sentences of our own, written before any was scored: (text, label, themes it must have); two signs, two languages."""

Sentence = tuple[str, str, frozenset[str]]


def _rows(label: str, block: str) -> list[Sentence]:
    found = []
    for line in filter(None, map(str.strip, block.splitlines())):
        text, _, themes = line.removesuffix(" |").partition(" | ")
        found.append((text, label, frozenset(themes.split())))
    return found


ENGLISH = [
    *_rows(
        "positive",
        """
        I can’t say enough good things about this clinic.
        We couldn't be happier with how the crown turned out. | treatment
        You will never be rushed here. | communication
        After three visits the pain in my knee is gone. | treatment
        I came in limping and left pain-free. | treatment
        No complaints whatsoever.
        She put my very anxious husband at ease within a minute.
        My migraines have disappeared since the second treatment. | treatment
        Worth the long drive every single time. | access
        I wouldn't trust anyone else with my teeth.
        The hygienist took the time to explain every step. | communication
        He went above and beyond to squeeze me in the same day. | booking
        Even with my fear of needles I hardly noticed the injection. | treatment
        I used to dread the dentist, now I look forward to it.
        My injury was awful and now I can run again.
        She listens, explains and answers all questions. | communication
        Thorough, punctual and knowledgeable. | waiting treatment
        They found the tumor that two other hospitals had missed; he saved my life. | treatment
        The receptionist remembered my name and was so welcoming. | staff
        My chronic back problem has finally been fixed. | treatment
        No pressure to buy anything, just honest advice. | communication
        I was seen on time and out within half an hour. | waiting
        I have severe scoliosis and she is the only one who has ever helped. | treatment
        Spotless rooms and modern equipment. | facility
        Free parking right outside and a ramp for my wheelchair: perfect. | access
        They called me back within an hour and fitted me in. | booking
        Billing was honest and they sent a refund without my asking. | billing
        Don't hesitate to book with her. | booking
        A killer massage, I slept like a baby. | treatment
        My son was terrified and they were wonderful with him.
        I cannot thank the nurses enough for their kindness. | staff
        Not once did I feel like a number.
        Nothing but praise for the whole team.
        Five stars and I would give ten if I could.
        He is a gifted surgeon with a great bedside manner. | staff
        The anxiety I carried for years is finally easing, thanks to her.
        Back to work after six weeks, what more could I ask for?
        Top-notch care from people who really listen. | communication
        The filling was painless. | treatment
        I never had to wait more than five minutes. | waiting
        THE BEST CHIROPRACTOR I HAVE EVER MET
        Not a waste of time at all, I learned a lot.
        She fixed in one session what others could not in a year. | treatment
        The new booking site makes getting an appointment easy. | booking
        Professional from the front desk to the doctor. | staff
        I no longer wake up with headaches. | treatment
        Everyone was patient with my endless questions. | communication
        My daughter did not cry at all, which is a small miracle.
        The staff could not have been nicer. | staff
        Highly recommend, they even validated our parking. | access
        """,
    ),
    *_rows(
        "negative",
        """
        I would like my money back please. | billing
        He misdiagnosed me and never apologised. | treatment
        They told me to go elsewhere.
        I waited two hours past my appointment time. | waiting
        Great doctor, but the woman at the front desk is rude and dismissive every time. | staff
        Nobody ever answers the phone. | booking
        They billed my insurance twice and nobody called me back. | billing booking
        I was in and out in four minutes for two hundred dollars. | billing
        It felt like an assembly line. |
        He didn’t listen to a single word. | communication
        I used to love this place.
        I wish I could give zero stars.
        Do not waste your time or your money here. | billing
        I left with more questions than answers. | communication
        Good luck getting an appointment before next year. | booking
        Thanks for nothing.
        They pushed a package of thirty sessions on me. | billing
        The receptionist hung up on me. | staff booking
        All they care about is your money. | billing
        I had more pain after the adjustment than before. | treatment
        The waiting room was filthy and the toilet was broken. | facility
        I will never go back.
        He rolled his eyes when I asked about side effects. |
        My crown fell out again and they refused to fix it.
        She seemed to care more about her schedule than about me.
        An hour late and not a word of apology. | waiting
        No bedside manner. | staff
        Cancelled on me twice on the morning of the visit. | booking
        I could have sworn he was reading from a script; not impressed. |
        Save yourself the trouble and stay away.
        They lost my test results and blamed me for it. | treatment
        My concerns were brushed off. | communication
        The treatment made my back worse. | treatment
        Three different people gave me three different prices. | billing
        Sat in a freezing room in a paper gown for fifty minutes. | waiting facility
        The doctor spent the entire visit typing and never looked up.
        I found another dentist. |
        Overpriced and underwhelming. | billing
        What a joke.
        I am still waiting for my refund. | billing waiting
        Parking is a nightmare and there is no elevator. | access
        If you enjoy being talked down to, this is your place.
        Not worth the copay. | billing
        The pain is worse than it was before surgery. | treatment
        They never returned my calls. | booking
        He was not helpful at all. | staff
        They should be ashamed of how they treat old people.
        Charged me for a cleaning that I never had. | billing facility
        Oh great, another hour in the waiting room. | waiting
        Very disappointed, my diagnosis took five months. | treatment
        """,
    ),
    *_rows(
        "neutral",
        """
        I had an appointment at nine. | booking
        The office is on the second floor. |
        """,
    ),
]

FRENCH = [
    *_rows(
        "positive",
        """
        Excellente dentiste, je la recommande les yeux fermés.
        Très à l'écoute, elle prend le temps d'expliquer. | communication
        Je n'ai plus aucune douleur depuis la troisième séance. | treatment
        L’accueil est chaleureux et le personnel souriant. | staff
        Rien à redire, tout était parfait.
        Toujours à l'heure, jamais d'attente. | waiting
        Ce médecin m'a sauvé la vie.
        Cabinet propre et moderne, facile à trouver. | facility
        Un grand merci à toute l'équipe. | staff
        Enfin quelqu'un de compétent et d'humain. | treatment staff
        On ne peut pas demander mieux.
        Elle met les enfants à l'aise.
        """,
    ),
    *_rows(
        "negative",
        """
        Je ne recommande pas cette clinique.
        Deux heures d'attente pour cinq minutes de consultation. | waiting
        La secrétaire est impolie et nous raccroche au nez. | staff
        Il n'écoute pas et ne répond pas aux questions. | communication
        Une vraie perte de temps et d'argent. | billing
        Hors de prix pour un travail bâclé.
        On m'a traitée comme un numéro.
        À fuir absolument.
        Aucune empathie, aucun suivi. | staff
        Rendez-vous annulé trois fois sans explication. | booking
        Je n'y retournerai plus jamais.
        Il s'est trompé de dent, une erreur inacceptable. | treatment
        """,
    ),
]

ELSEWHERE = [
    *_rows(
        "negative",
        """
        The adjustment left me worse than before and my neck locked up for a week. | treatment
        Same cookie-cutter treatment for every patient, regardless of what hurts. | treatment
        Ten visits later there is no relief and my wallet is empty. | treatment
        They pressure you to prepay for a year of adjustments. | billing
        He cracked my back without even looking at my X-rays.
        The consult turned into a pitch for a 48-visit plan. | billing
        I was told my spine would collapse unless I signed up that day.
        In and out in three minutes, and then they bill for a full session. | billing
        My headaches came back the next day and he only wanted to book more sessions. | treatment
        Feels like a subscription, not like health care.
        I had sharper pain after the second visit than I had walking in. | treatment
        The free exam is only bait.
        We circled the garage for forty minutes and missed our slot. | access
        Nine hours in the ER on a plastic chair, and nobody told us anything. | waiting
        My mother was discharged at midnight with no medication and no ride.
        The nurse snapped at me when I asked for water. | staff
        Call buttons go unanswered all night.
        The floor had dried blood on it for two days. | facility
        They lost my father's hearing aids and shrugged.
        Nobody would tell us which doctor was in charge. | communication
        I left the emergency room without being seen after six hours. | waiting
        Food was cold and the bathroom was filthy. | facility
        The bill arrived five months later, for a room he never used. | billing
        Security was kinder than the triage nurse.
        She was moved four times in one night without any explanation. | communication
        I would not send my worst enemy to this hospital.
        They sent me home with a broken wrist, saying it was a sprain. | treatment
        The lady at the desk never looked up from her phone. | staff
        I was put on hold for half an hour and then the line went dead. | booking
        My appointment was moved three times and the last time nobody let me know. | booking
        The doctor had one foot out of the door the whole time. | communication
        He interrupted me twice and wrote a prescription before I finished my sentence. | communication
        Told me it was all in my head. | communication
        I have left four messages about my test results. | booking
        Your co-pay is all they remember about you. | billing
        They sent me to collections over a bill that my insurer had paid. | billing
        The office staff treats patients as an inconvenience. | staff
        Do your homework before you let this man near your knees.
        The crown fell out twice and each time I had to pay again. | treatment billing
        She talked over me and then typed for the rest of the visit. | communication
        An hour and a half past my appointment time I finally gave up. | waiting
        My new dentist says the work has to be redone completely. | treatment
        Good luck getting a human on the phone. | booking
        I felt like an inconvenience.
        The doctor is pleasant, but the wait is never under two hours. | waiting
        """,
    ),
    *_rows(
        "positive",
        """
        For the first time in years I can turn my head without wincing. | treatment
        He never tries to sell you a plan and tells you when you are done. | billing
        Three adjustments and I was back on my bike. | treatment
        She explains what she is about to do before every adjustment. | communication
        My sciatica is a thing of the past. | treatment
        I walk out standing straighter every time. | treatment
        They treat you like family.
        He figured out in ten minutes what had been missed for a decade. | treatment
        From check-in to discharge everybody knew what they were doing.
        The nurses on the third floor checked on us every hour. | staff
        In and out of the emergency room in under an hour. | waiting
        The surgeon sat down with us and drew a picture of what would happen. | communication
        They held my hand until I fell asleep.
        My mother was in the best hands during her last days.
        Parking was easy and a volunteer walked us to the right floor. | access
        The room was quiet and clean and they even found a bed for my husband. | facility
        The cashier explained the estimate and it was exactly what I paid. | billing
        I actually enjoy going to the dentist now.
        He calls the evening after surgery to see how you are doing.
        My kids ask when they can go back.
        The team makes a scary day so much easier.
        I drive an hour and pass a dozen other offices to come here. | access
        The front desk squeezed me in during their lunch break. | booking
        She never makes me feel silly for asking. | communication
        Without this man I would be in a wheelchair.
        The stitches healed so well that you cannot see the scar. | treatment
        Every question was answered before I could ask it. | communication
        I left with a plan that made sense to me.
        They run like clockwork here. | waiting
        I have sent my whole family to her.
        He is honest about what you need and what you do not need.
        I wish I had found this place ten years ago.
        The swelling went down overnight and I slept through for once. | treatment
        He was the only one who believed me.
        You can tell that she loves her work.
        Hands down the kindest staff in town. | staff
        They worked with my insurance so that I paid next to nothing. | billing
        My skin has never looked better. | treatment
        I no longer need my cane. | treatment
        A doctor who treats the person, not the chart.
        There is always somebody who picks up the phone. | booking
        I would follow her to any practice.
        The new building is bright and easy to find. | facility
        The whole visit took twenty minutes and every minute was well spent.
        I came in skeptical and left a believer.
        """,
    ),
]
"""From chiropractors, hospitals and front desks, mostly told as stories without a telling word: what is still hard."""

NEWER = [
    *_rows(
        "negative",
        """
        She promised to ring with my results and I am still in the dark three weeks later.
        My surgeon would not hear a word of what I tried to tell him.
        We sat in the hallway from noon until after dark.
        They ran my card twice and say it is not their problem.
        My insurer denied the claim because the office used the wrong code.
        A surprise bill for eight hundred dollars came in the mail.
        They turned me away for being six minutes late.
        He was out of the room before I had finished my first question.
        Five minutes with the doctor after a ninety minute drive.
        The dentist did not even glance at the tooth that hurts.
        I felt pressured to sign up for a year of care on my first visit.
        They tried to upsell me whitening while my mouth was numb.
        Two days after the extraction I had an infection and ended up in the ER.
        My knee is in worse shape than the day I walked in.
        It turned out to be a fracture that he had missed.
        No one ever got back to me about the referral.
        The woman at check-in never even said hello.
        Every visit there is a new charge that nobody can explain.
        He kept looking at the clock.
        The nurse left my father in wet sheets all morning.
        Ask for the price in writing or you will be sorry.
        They canceled my appointment while I was sitting in the parking lot.
        I had to beg for pain medication after surgery.
        Same three stretches each visit, then a machine and a bill.
        My calls go straight to voicemail and the mailbox is full.
        The hygienist stabbed my gums until they bled and then lectured me.
        Took them four tries to draw blood and my arm is black and blue.
        She gave my appointment to somebody else.
        I have been to a lot of doctors and this was by far the least caring.
        The new owner has turned a lovely practice into a money machine.
        The doctor breezed in, said two sentences, and breezed out.
        I called every day for a week and not one person picked up.
        They charged my card without telling me.
        He pushed injections before he had read my chart.
        My tooth still hurts a month after the filling.
        The lobby was packed and there was nowhere to sit.
        She laughed when I told her how bad the cramps were.
        We were kept waiting until nearly everybody else had left.
        They promised to submit the claim and never did.
        I walked out with a bruise the size of an orange.
        Nobody bothered to tell me that the doctor was on vacation.
        He seemed bored by my questions.
        It is impossible to reach a human being.
        The massage therapist chatted on her phone during my session.
        They discharged my husband far too early and he was back within two days.
        The office lost my referral, twice.
        What they quoted me and what they billed me were two different things.
        Her hands shook and she could not find the vein.
        I was made to feel like I was wasting her time.
        This practice has gone downhill since it was sold.
        """,
    ),
    *_rows(
        "positive",
        """
        I could barely walk when I came in, and now I am back to running.
        He was pain free within a week.
        In and out in twenty minutes.
        The doctor took the time to draw me a diagram of my spine.
        She never tried to sell me anything I did not need.
        They called the same evening to check on my son.
        I sleep through the night again.
        The receptionist stayed late so that I could be seen.
        He caught something that two specialists had overlooked.
        My blood pressure is finally under control.
        Everything was explained in words that I could understand.
        No waiting, no fuss.
        They got my insurance to cover it after a long fight.
        My toddler waves at the building when we drive past.
        The shot did not hurt one bit.
        I refer all of my friends here.
        He remembers my kids' names and asks about them.
        Their prices are fair and I always know the cost beforehand.
        I moved across town and still come back to this office.
        For ten years nobody could tell me what was wrong, and she knew in one visit.
        The nurses kept us informed at every step.
        You are in good hands with this team.
        Mom walked out of the hospital on her own two feet.
        He did not prescribe pills, he found the cause.
        The root canal was easier than a haircut.
        My doctor listens before she talks.
        If I could give more than five stars I would.
        They treated my mother with dignity until the end.
        I was in terrible shape and this man gave me my life back.
        We would be lost without this pediatrician.
        My shoulder moves like it did when I was twenty.
        He sat on the edge of the bed and answered everything we asked.
        The staff bent over backwards to find me an early slot.
        I trust him with my life.
        She noticed a mole that nobody else had paid attention to.
        No gimmicks, no contracts, you pay per visit.
        The team made my first root canal a breeze.
        They greeted me by name at the door.
        I have been coming here for twenty years and so have my parents.
        The nurse sat with me until the panic passed.
        They took me the same day even though they were full.
        My dizziness is gone after two sessions.
        He gave us his cell number and told us to call at any hour.
        Recovery was quicker than I had dared to hope.
        The office runs on schedule, every time.
        She answered my email on a Sunday.
        Not a single cavity since we switched to this dentist.
        They never once made me feel judged about my weight.
        The bill was exactly what they had told me.
        I can play with my grandchildren again.
        """,
    ),
]
"""Two lots, 60 and then 40, each written before any of it was scored and before its misses were looked at."""
