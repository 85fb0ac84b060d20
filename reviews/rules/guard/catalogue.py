"""The guard's rules: what each says in one sentence, what to write instead, and where it comes from."""

from dataclasses import dataclass

from reviews.i18n import N_

_OFFICE = "https://www.hhs.gov/hipaa/for-professionals/compliance-enforcement/agreements/"
NEW_VISION = _OFFICE + "new-vision-dental/index.html"
ELITE = _OFFICE + "elite/index.html"
FTC = "https://www.govinfo.gov/content/pkg/FR-2024-08-22/html/2024-18519.htm"
PRIVACY_FINDING = (
    "https://www.priv.gc.ca/en/opc-actions-and-decisions/investigations/investigations-into-businesses/2020/"
    "pipeda-2020-002/"
)
ADVERTISING = "https://www.cpta.ab.ca/for-physiotherapists/regulatory-expectations/standards-of-practice/advertising/"
SUPERIORITY = "https://www.collegept.org/standard/advertising-and-marketing-standard/resources"
GOOGLE_LIMIT = "https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews"
YELP_LIMIT = "https://docs.developer.yelp.com"
OWN_CAUTION = ""


@dataclass(frozen=True, slots=True)
class GuardRule:
    """`name`, `reason` and `safer` are message ids. An empty `url`: our own caution."""

    name: str
    reason: str
    safer: str
    url: str


RULES: dict[str, GuardRule] = {
    "R1": GuardRule(
        N_("relationship"),
        N_("This confirms that the writer is or was a patient."),
        N_("Thank you for taking the time to write. We read every comment."),
        NEW_VISION,
    ),
    "R2": GuardRule(
        N_("denial"),
        N_("Denying that somebody is a patient tells as much as confirming it."),
        N_("Privacy law does not let us discuss whether anyone is a patient here."),
        NEW_VISION,
    ),
    "R3": GuardRule(
        N_("health"),
        N_("This is health information, even if the writer wrote it first."),
        N_("Thank you for taking the time to write. We read every comment."),
        ELITE,
    ),
    "R4": GuardRule(
        N_("money"),
        N_("This is billing information about the writer."),
        N_("Please call the office; we would like to talk about this in private."),
        ELITE,
    ),
    "R5": GuardRule(
        N_("names"),
        N_("This name identifies a person whom the platform does not show."),
        N_("Hello, and thank you for writing."),
        ELITE,
    ),
    "R6": GuardRule(
        N_("dates of care"),
        N_("A date or time may place the writer at the clinic."),
        N_("Leave the day and the time out."),
        ELITE,
    ),
    "R7": GuardRule(
        N_("come back"),
        N_("This implies that the writer was at the clinic and will return."),
        N_("Thank you again for writing."),
        NEW_VISION,
    ),
    "R8": GuardRule(
        N_("contact data"),
        N_("These contact data are not the clinic's own."),
        N_("Give the clinic's own telephone number or address."),
        PRIVACY_FINDING,
    ),
    "R9": GuardRule(
        N_("threat"),
        N_("A threat, or a demand to take a review down, counts as suppressing reviews."),
        N_("We see this differently and would like to talk about it."),
        FTC,
    ),
    "R10": GuardRule(
        N_("reward"),
        N_("A reward for writing, changing or removing a review is an incentive that the law forbids."),
        N_("Thank you for your comment."),
        FTC,
    ),
    "R11": GuardRule(
        N_("clinical claim"),
        N_("This claims a result of care, which advertising rules restrict."),
        N_("Thank you for the kind words."),
        ADVERTISING,
    ),
    "R12": GuardRule(
        N_("too long for the platform"),
        N_("The platform would refuse this reply: it is too long, or holds what the platform does not take."),
        N_("Shorten the reply, and leave emoji out where the platform does not take them."),
        GOOGLE_LIMIT,
    ),
    "R13": GuardRule(
        N_("comparison"),
        N_("This compares the clinic with others or calls it the best."),
        N_("We do our best for everyone."),
        SUPERIORITY,
    ),
    "G1": GuardRule(
        N_("apology"),
        N_("An apology may be read as admitting a fault."),
        N_("Thank you for telling us. We take this seriously."),
        OWN_CAUTION,
    ),
    "G2": GuardRule(
        N_("length"),
        N_("More than five sentences; short replies say less that one may regret."),
        N_("Keep two or three sentences."),
        OWN_CAUTION,
    ),
    "G3": GuardRule(
        N_("no way offline"),
        N_("Nothing in the reply says how to reach the clinic."),
        N_("Add the clinic's telephone number, e-mail address or street address."),
        OWN_CAUTION,
    ),
    "G4": GuardRule(
        N_("care words"),
        N_("Words about care, even in general, are one word away from confirming a relationship."),
        N_("Speak of the office, the team or the service instead."),
        OWN_CAUTION,
    ),
    "G5": GuardRule(
        N_("language"),
        N_("The reply is in another language than the review."),
        N_("Answer in the language of the review."),
        OWN_CAUTION,
    ),
}
STAFF_OR_SHOWN = N_("This names a person; the name is public already, but a reply is safer without it.")
GENERAL_DATE = N_("A date or time in general; make sure that it says nothing about the writer.")
BARRED_COMPARISON = N_(
    "This compares the clinic with others or calls it the best, which the rule for your profession bars."
)
SOUNDS_LIKE_A_STORY = N_("Taken together, these words read like a story about somebody's care.")
PERHAPS_A_STORY = N_("This may tell of somebody's care, though the reply as a whole does not read like it.")
