"""Every page × every kind of visitor, made from the URL map: who may, who may not, and what does not exist for them."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from reviews import i18n, rules
from reviews.config import Settings
from reviews.errors import SourceUnavailable
from reviews.model import OwnEntry
from reviews.publish.report import gather
from reviews.reputation.report import RECIPE
from reviews.secrets_box import SecretsBox
from reviews.storage import (
    alerts,
    api_tokens,
    audit,
    branding,
    clinics,
    deliveries,
    groups,
    invitations,
    lexicon,
    people,
    reports,
)
from reviews.web.policy import PUBLIC_BLUEPRINTS, right_of
from tests.conftest import FakeClock
from tests.web.support import (
    BASE,
    NOW,
    PASSWORD_HASH,
    ROLES,
    FakeServices,
    World,
    add_connected,
    add_entered,
    add_pairs,
    get,
    log_in,
    post,
)

# endpoint → (kind of the thing that public_id names, lowest role that may, fields of a good form); "group" is a manager
# who is not limited to some clinics, "operator" stands beside the roles of a group
ROWS: dict[str, tuple[str, str, dict[str, object]]] = {
    "auth.logout": ("", "mail_only", {}),
    "auth.change_password": ("", "mail_only", {"old": "x", "new": "y"}),
    "auth.second_factor": ("", "mail_only", {}),
    "auth.begin_second_factor": ("", "mail_only", {}),
    "auth.confirm_second_factor": ("", "mail_only", {"code": "000000"}),
    "auth.new_codes": ("", "mail_only", {"password": "x"}),
    "auth.end_second_factor": ("", "mail_only", {"password": "x"}),
    "dashboard.alerts": ("", "viewer", {}),
    "dashboard.new_rule": ("", "viewer", {}),
    "dashboard.add_rule": ("", "viewer", {"urgent": "daily", "news": "never"}),
    "dashboard.rule_form": ("rule", "viewer", {}),
    "dashboard.save_rule": ("rule", "viewer", {"urgent": "daily", "news": "never"}),
    "dashboard.delete_rule": ("gone_rule", "viewer", {}),
    "dashboard.test_mail": ("", "viewer", {}),
    "dashboard.alert_log": ("", "group", {}),
    "dashboard.send_again": ("message", "group", {}),
    "dashboard.new_channel": ("", "group", {}),
    "dashboard.add_channel": ("", "group", {"kind": "slack", "label": "", "language": "en"}),
    "dashboard.channel": ("channel", "group", {}),
    "dashboard.test_channel": ("channel", "group", {}),
    "dashboard.change_channel_address": ("channel", "group", {"url": "https://hooks.example.org/x"}),
    "dashboard.change_channel_key": ("channel", "group", {}),
    "dashboard.drop_channel_key": ("channel", "group", {}),
    "dashboard.set_channel_state": ("channel", "group", {"state": "active"}),
    "dashboard.delete_channel": ("gone_channel", "group", {}),
    "dashboard.group_settings": ("", "owner", {}),
    "dashboard.save_group": ("", "owner", {"name": ""}),
    "dashboard.branding_page": ("", "owner", {}),
    "dashboard.save_branding": ("", "owner", {"accent": ""}),
    "dashboard.brand_logo": ("", "viewer", {}),
    "dashboard.report_logo": ("monthly", "viewer", {}),
    "dashboard.privacy": ("", "owner", {}),
    "dashboard.save_privacy": ("", "owner", {"review_months": "", "note_months": ""}),
    "dashboard.audit_trail": ("", "owner", {}),
    "dashboard.word_file": ("", "editor", {}),
    "dashboard.try_word_file": ("", "editor", {"language": "en"}),
    "dashboard.save_word_file": ("", "editor", {"language": "en", "table": ""}),
    "dashboard.erasure": ("", "owner", {}),
    "dashboard.erase_reviews": ("", "owner", {"reason": "author_asked"}),
    "dashboard.api_keys": ("", "owner", {}),
    "dashboard.add_api_key": ("", "owner", {"label": "", "ends": "never"}),
    "dashboard.revoke_api_key": ("key", "owner", {}),
    "dashboard.mark_up_widget": ("widget", "editor", {}),
    "dashboard.check_website": ("widget", "editor", {}),
    "dashboard.widget_quotes": ("widget", "viewer", {}),
    "dashboard.choose_rule": ("widget", "editor", {"choice": "newest"}),
    "dashboard.widget_quote": ("widget", "viewer", {}),
    "dashboard.choose_quote": ("widget", "editor", {}),
    "dashboard.withdraw_quote": ("widget", "editor", {}),
    "dashboard.people": ("", "owner", {}),
    "dashboard.invite": ("", "owner", {"email": "", "role": "viewer", "language": "en"}),
    "dashboard.withdraw_invitation": ("invitation", "owner", {}),
    "dashboard.person": ("person", "owner", {}),
    "dashboard.save_person": ("person", "owner", {"role": "viewer", "scope": "all"}),
    "dashboard.remove_person": ("person", "owner", {}),
    "dashboard.end_person_sessions": ("person", "owner", {}),
    "dashboard.require_second_factor": ("", "owner", {"required": "no"}),
    "system.page": ("", "operator", {}),
    "system.diagnostics": ("", "operator", {}),
    "system.all_groups": ("", "operator", {}),
    "system.add_group": ("", "operator", {"name": ""}),
    "system.join": ("group", "operator", {"role": "viewer"}),
    "system.leave": ("group", "operator", {}),
    "auth.sessions": ("", "mail_only", {}),
    "auth.end_session": ("", "mail_only", {"session": "unknown"}),
    "auth.end_other_sessions": ("", "mail_only", {}),
    "auth.choose_language": ("", "mail_only", {"language": "en"}),
    "auth.choose_group": ("", "mail_only", {"group": "unknown"}),
    "dashboard.today": ("", "viewer", {}),
    "dashboard.move_step": ("", "manager", {"step": "alert", "to": "skipped"}),
    "dashboard.remove_demo": ("", "owner", {}),
    "dashboard.mark_all_read": ("", "viewer", {}),
    "dashboard.inbox": ("", "viewer", {}),
    "dashboard.trends": ("", "viewer", {}),
    "dashboard.add_remark": ("", "editor", {"day": "2026-11-01", "text": "Moved"}),
    "dashboard.delete_remark": ("", "editor", {"remark": "unknown"}),
    "dashboard.views": ("", "viewer", {}),
    "dashboard.save_view": ("", "viewer", {"name": "Mine"}),
    "dashboard.delete_view": ("", "viewer", {"view": "unknown"}),
    "dashboard.export_reviews": ("", "manager", {"format": "csv"}),
    "dashboard.reports": ("", "viewer", {}),
    "dashboard.report": ("monthly", "viewer", {}),
    "dashboard.subscribe_report": ("", "viewer", {"wish": "no", "of": ""}),
    "dashboard.report_pdf": ("monthly", "viewer", {}),
    "dashboard.make_report": ("", "manager", {"month": "2026-10"}),
    "dashboard.share_report": ("monthly", "manager", {"days": "7", "language": "en"}),
    "dashboard.send_report": ("monthly", "manager", {"to": "nobody"}),
    "dashboard.revoke_link": ("monthly", "manager", {"link": "unknown"}),
    "dashboard.bulk_read": ("", "viewer", {"action": "read"}),
    "dashboard.bulk_work": ("", "editor", {"action": "close"}),
    "dashboard.undo_action": ("", "viewer", {"action": "unknown"}),
    "dashboard.recent_actions": ("", "viewer", {}),
    "dashboard.switch_keys": ("", "mail_only", {"on": "yes"}),
    "dashboard.work_review": ("review", "editor", {"event": "open"}),
    "dashboard.assign_review": ("review", "editor", {}),
    "dashboard.add_note": ("review", "editor", {"text": "A note."}),
    "dashboard.delete_note": ("review", "editor", {"note": "unknown"}),
    "dashboard.tag_review": ("review", "editor", {"tag": "parking"}),
    "dashboard.untag_review": ("review", "editor", {"tag": "parking"}),
    "dashboard.feature_review": ("review", "editor", {"read": "yes"}),
    "dashboard.review": ("review", "viewer", {}),
    "dashboard.themes": ("", "viewer", {}),
    "dashboard.theme_page": ("", "viewer", {}),
    "dashboard.word_list": ("", "viewer", {}),
    "dashboard.try_word": ("", "editor", {}),
    "dashboard.save_word": ("", "editor", {"term": ""}),
    "dashboard.ask_remove_word": ("word", "editor", {}),
    "dashboard.remove_word": ("word", "editor", {}),
    "dashboard.mark_review": ("review", "viewer", {"read": "yes"}),
    "dashboard.hide_review": ("review", "editor", {"reason": "privacy"}),
    "dashboard.reply": ("review", "editor", {}),
    "dashboard.check_reply": ("review", "editor", {"text": "Thank you."}),
    "dashboard.save_reply": ("review", "editor", {"do": "check", "text": "Thank you."}),
    "dashboard.discard_reply": ("review", "editor", {}),
    "dashboard.approve_reply": ("review", "manager", {}),
    "dashboard.send_reply_back": ("review", "manager", {}),
    "dashboard.post_reply": ("review", "manager", {"way": "hand"}),
    "dashboard.undo_reply": ("review", "manager", {"do": "stop"}),
    "dashboard.reply_settings": ("", "group", {}),
    "dashboard.save_reply_settings": ("", "group", {}),
    "dashboard.add_reply_template": ("", "group", {"name": ""}),
    "dashboard.save_reply_template": ("template", "group", {"name": ""}),
    "dashboard.delete_reply_template": ("template", "group", {}),
    "dashboard.unhide_review": ("review", "editor", {}),
    "dashboard.pairs": ("", "viewer", {}),
    "dashboard.decide_pair": ("pair", "editor", {"decision": "same"}),
    "dashboard.sources": ("", "viewer", {}),
    "dashboard.source": ("page", "viewer", {}),
    "dashboard.run": ("run", "viewer", {}),
    "dashboard.run_now": ("page", "manager", {}),
    "dashboard.accept_source": ("page", "manager", {}),
    "dashboard.pause_source": ("page", "manager", {}),
    "dashboard.resume_source": ("page", "manager", {}),
    "dashboard.schedule_source": ("page", "manager", {"interval": "10080"}),
    "dashboard.ask_delete_source": ("page", "manager", {}),
    "dashboard.delete_source": ("page", "manager", {"name": "not its name"}),
    "dashboard.ask_delete_clinic": ("clinic", "owner", {}),
    "dashboard.delete_clinic": ("clinic", "owner", {"name": "not its name"}),
    "dashboard.new_source": ("", "manager", {}),
    "dashboard.new_page": ("", "manager", {}),
    "dashboard.test_page": ("", "manager", {"url": ""}),
    "dashboard.save_page": ("", "manager", {"url": ""}),
    "dashboard.new_platform": ("", "manager", {}),
    "dashboard.choose_account": ("", "manager", {}),
    "dashboard.test_platform": ("", "manager", {}),
    "dashboard.save_platform": ("", "manager", {}),
    "dashboard.permission_given": ("", "manager", {}),
    "dashboard.connect_again": ("connected", "manager", {}),
    "dashboard.reconnect_source": ("connected", "manager", {}),
    "dashboard.look_live": ("connected", "viewer", {}),
    "dashboard.ask_disconnect": ("connected", "manager", {}),
    "dashboard.disconnect_source": ("connected", "manager", {}),
    "dashboard.new_file": ("", "manager", {}),
    "dashboard.upload_file": ("", "manager", {}),
    "dashboard.upload": ("upload", "manager", {}),
    "dashboard.check_upload": ("upload", "manager", {}),
    "dashboard.import_upload": ("upload", "manager", {}),
    "dashboard.new_by_hand": ("", "manager", {}),
    "dashboard.check_by_hand": ("", "manager", {}),
    "dashboard.save_by_hand": ("", "manager", {}),
    "dashboard.edit_by_hand": ("typed", "manager", {}),
    "dashboard.correct_by_hand": ("typed", "manager", {}),
    "dashboard.delete_upload": ("spare_upload", "manager", {}),
    "dashboard.delete_mapping": ("mapping", "group", {}),
    "dashboard.rejects_file": ("imported", "viewer", {}),
    "dashboard.undo_import": ("imported", "manager", {}),
    "dashboard.clinics": ("", "viewer", {}),
    "dashboard.clinic": ("clinic", "viewer", {}),
    "dashboard.new_clinic": ("", "group", {}),
    "dashboard.add_clinic": ("", "group", {"name": ""}),
    "dashboard.save_clinic": ("clinic", "manager", {"name": ""}),
    "dashboard.widgets": ("", "viewer", {}),
    "dashboard.widget": ("widget", "viewer", {}),
    "dashboard.save_widget": ("widget", "editor", {"layout": "bar", "theme": "dark", "max_quotes": "3"}),
    "dashboard.pause_widget": ("widget", "editor", {}),
    "dashboard.resume_widget": ("widget", "editor", {}),
    "dashboard.rule": ("clinic", "viewer", {}),
    "dashboard.confirm_rule": ("clinic", "manager", {"name": "Me", "read": "yes", "version": "old"}),
}
OPEN = {
    "static", "report.logo", "report.shared", "report.shared_with_password",
    "health.healthz", "health.readyz", "health.metrics", "auth.login", "auth.login_post",
    "auth.code", "auth.code_post", "auth.sign_on", "auth.sign_on_return", "auth.sign_off", "auth.proxy_login",
    "auth.invitation", "auth.take_up_invitation", "auth.invited", "setup.first", "setup.first_post",
    "unsubscribe.ask", "unsubscribe.end", "inbound.take", "inbound.shake_hands",
}  # fmt: skip
USED_UP = {"dashboard.save_person", "dashboard.person", "dashboard.end_person_sessions", "dashboard.remove_person"}
"""Pages of a person, who is gone once one of them was removed."""
WITHOUT_TOKEN = {"unsubscribe", "inbound", "api"}
"""Posts that carry their own proof, each tested where it lives."""
RANK = {role: rank for rank, role in enumerate(reversed(ROLES))}
GOOD = {200, 303, 400}
LIMITED = "limited@north.example.org"


class Nobody:
    """A network on which nobody answers."""

    def post_bytes(self, *args: object, **more: object) -> None:
        raise SourceUnavailable("nobody answers")


@pytest.fixture
def world(world: World, settings: Settings, fakes: FakeServices) -> World:
    """The world with a thing of every kind."""
    return furnish(world, settings, fakes)


def furnish(world: World, settings: Settings, fakes: FakeServices) -> World:
    """The small world with a thing of every kind, an operator in no group, and a manager who is limited to a clinic
    without reviews."""
    add_pairs(add_entered(add_connected(world)))
    fakes.desk = SimpleNamespace(
        storage=world.storage, settings=settings, clock=FakeClock(), fetcher=Nobody(), catalogue=i18n.load(),
        book=rules.load(), scorer=None, has_mail=False, send_seconds=1, address=lambda path: path,
    )  # fmt: skip
    with world.storage.write() as tx:
        for ids, group_id in ((world.mine, world.group_id), (world.other, world.other_group_id)):
            ids["group"] = groups.get_group(tx, group_id).public_id
            g = tx.group(group_id)
            logo = branding.add_logo(g, body=b"a logo", content_type="image/png", width=40, height=20, now=NOW)
            branding.save_brand(g, branding.Brand(accent="#7a1f5c", logo=logo))
            ids["monthly"] = reports.add_report(
                g, clinic_id=None, month="2026-11", recipe=RECIPE, inputs=gather(g, "2026-11", None, NOW),
                person_id=None, now=NOW,
            )  # fmt: skip
            person = people.add_person(tx, email=f"p{group_id}@example.org", name="P", password_hash="", now=NOW)
            people.add_membership(g, person_id=person.id, role="viewer", now=NOW)
            ids["person"] = person.public_id
            wishes, box = alerts.Wishes(), SecretsBox(settings.fernet_keys())
            for name in ("rule", "gone_rule"):
                ids[name] = alerts.add_rule(
                    g, person_id=person.id, channel_id=None, wishes=wishes, now=NOW
                ).public_id  # fmt: skip
            for name in ("channel", "gone_channel"):
                ids[name] = alerts.add_channel(
                    g, kind="webhook", label=name, host="hooks.example.org", now=NOW,
                    sealed=box.seal({"url": "https://hooks.example.org", "keys": "whsec_" + "YWFh" * 8}),
                ).public_id  # fmt: skip
            ids["key"] = api_tokens.add_token(
                g, label="k", prefix="crv_", token_hash=f"hash {group_id}", scopes=(), clinics=None, person_id=None,
                now=NOW, expires_at=None,
            ).public_id  # fmt: skip
            cause, to = "test:1", f"person:{person.public_id}"
            deliveries.add_delivery(
                g, group_public_id=ids["group"], cause=cause, kind="test", recipient=to, person_id=person.id,
                channel_id=None, payload={}, due_at=NOW, now=NOW,
            )  # fmt: skip
            ids["message"] = deliveries.stable_id(ids["group"], cause, to)
            ids["invitation"] = invitations.add_invitation(
                g, email="i@example.org", role="viewer", clinics=None, language="en", person_id=None, now=NOW,
                expires_at=NOW + timedelta(days=1),
            ).public_id  # fmt: skip
        while sent := deliveries.claim(tx, now=NOW, lease_until=NOW + timedelta(minutes=1), no_mail=False):
            deliveries.mark_sent(tx, sent, "250", NOW)
        people.add_person(
            tx, email="operator@example.org", name="Opal", password_hash=PASSWORD_HASH, now=NOW, is_operator=True
        )
        g = tx.group(world.group_id)
        second = clinics.add_clinic(g, slug="north-lane", name="North Lane Chiropractic", now=NOW)
        limited = people.add_person(tx, email=LIMITED, name="Lim", password_hash=PASSWORD_HASH, now=NOW)
        people.add_membership(g, person_id=limited.id, role="manager", now=NOW, clinic_ids=[second.id])
    with world.storage.write() as tx:
        for group_id, ids in ((world.group_id, world.mine), (world.other_group_id, world.other)):
            entry = OwnEntry(language="en", kind="words", term="bus", points=1.0, leaning="praise", reason="it is free")
            ids["word"] = lexicon.put_entry(tx.group(group_id), entry, person_id=None, now=NOW)
    return world


def lowest_of(rule: Rule) -> str:
    return ROWS[rule.endpoint][1]


def may_reach(role: str, lowest: str) -> bool:
    """Whether a role of a group reaches what the table says."""
    return lowest != "operator" and RANK[role] >= RANK["manager" if lowest == "group" else lowest]


def rules_of(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN and rule.endpoint.partition(".")[0] not in (*PUBLIC_BLUEPRINTS, "api")
    ]


def path_of(rule: Rule, ids: dict[str, str]) -> str:
    kind = ROWS[rule.endpoint][0]
    path = rule.rule.replace("<kind>", "yelp").replace("<theme>", "waiting").replace("<review_id>", ids["review"])
    return path.replace("<public_id>", ids[kind]) if kind else path


def ask(client: object, rule: Rule, ids: dict[str, str]) -> int:
    path = path_of(rule, ids)
    if "POST" in (rule.methods or ()):
        return post(client, path, dict(ROWS[rule.endpoint][2]), form_on="/settings/sessions").status_code  # type: ignore[arg-type]
    return get(client, path).status_code  # type: ignore[arg-type]


@pytest.mark.statement("H9")
def test_every_page_has_a_row_in_both_tables(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in rules_of(app)}
    assert endpoints == set(ROWS)
    assert all(right_of(rule.endpoint) is not None for rule in app.url_map.iter_rules())


def test_an_endpoint_without_a_row_has_no_right() -> None:
    assert right_of("dashboard.forgotten") is None
    assert right_of("other.page") is None


@pytest.mark.statement("S3", "S45", "T22", "A33", "H9")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(app: Flask, world: World, role: str) -> None:
    client = log_in(app, f"{role}@north.example.org")
    for rule in sorted(rules_of(app), key=lambda rule: rule.endpoint == "auth.logout"):
        status = ask(client, rule, world.mine)
        may = may_reach(role, ROWS[rule.endpoint][1])
        by_name = rule.endpoint in (
            "dashboard.undo_action",
            "dashboard.revoke_link",
            "dashboard.delete_note",
            "dashboard.delete_remark",
            "dashboard.delete_view",
        )
        expected = GOOD | {404, 429} if lowest_of(rule) == "mail_only" or rule.endpoint in USED_UP else GOOD | {409}
        expected = expected | {404} if by_name else expected
        if ROWS[rule.endpoint][0] in ("rule", "gone_rule") and role in ("viewer", "editor"):
            assert status == 404, rule.endpoint  # somebody else's
            continue
        if rule.rule == "/" and not may:
            assert status == 303
            continue
        assert (status in expected) if may else (status == 403), (role, rule.endpoint, rule.rule, status)


@pytest.mark.statement("S3", "T21", "A34", "H9")
def test_a_strangers_things_do_not_exist(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    for rule in rules_of(app):
        if not ROWS[rule.endpoint][0] or ROWS[rule.endpoint][1] == "operator":
            continue
        foreign = ask(client, rule, world.other)
        missing = ask(client, rule, dict.fromkeys(world.other, "no-such-thing"))
        assert (foreign, missing) == (404, 404), rule.endpoint


@pytest.mark.statement("S3", "H9")
def test_nobody_gets_in_without_login(app: Flask, world: World) -> None:
    for rule in rules_of(app):
        client = app.test_client()
        path = path_of(rule, world.mine)
        if "POST" in (rule.methods or ()):
            answer = post(client, path, dict(ROWS[rule.endpoint][2]), form_on="/login")
        else:
            answer = get(client, path)
        assert answer.status_code == 303, rule.endpoint
        assert answer.headers["Location"].startswith("/login"), rule.endpoint


@pytest.mark.statement("T21", "H9")
def test_no_page_shows_a_word_of_another_group(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    for rule in rules_of(app):
        if "GET" not in (rule.methods or ()) or ROWS[rule.endpoint][1] == "operator":
            continue
        text = get(client, path_of(rule, world.mine)).get_data().decode(errors="replace")
        assert not any(word in text for word in ("South Street", "South Clinics", "marker-South")), rule.endpoint
        assert not any(value in text for key, value in world.other.items() if key != "slug"), rule.endpoint


@pytest.mark.statement("S45")
def test_the_operator_sees_the_installation_and_no_review_before_joining(app: Flask, world: World) -> None:
    client = log_in(app, "operator@example.org")
    last = ("auth.logout", "system.join", "system.leave")
    for rule in sorted(rules_of(app), key=lambda rule: rule.endpoint in last):
        lowest = ROWS[rule.endpoint][1]
        if rule.endpoint in last:
            continue
        status = ask(client, rule, world.mine)
        if lowest in ("operator", "mail_only"):
            assert status in GOOD | {404}, (rule.endpoint, status)
        else:
            assert status == (303 if rule.rule == "/" else 403), (rule.endpoint, status)
    assert "marker-" not in get(client, "/system/groups").get_data(as_text=True)

    joined = post(
        client, f"/system/groups/{world.mine['group']}/join", {"role": "viewer"}, form_on="/settings/sessions"
    )
    assert joined.status_code == 303
    assert "marker-North" in get(client, "/inbox").get_data(as_text=True)
    with world.storage.read() as tx:
        newest = audit.find_entries(tx.group(world.group_id), limit=1)[0]
    assert (newest.action, newest.after) == ("operator.joined", {"role": "viewer"})
    assert post(client, f"/system/groups/{world.mine['group']}/leave").status_code == 303
    assert get(client, "/inbox").status_code == 403


@pytest.mark.statement("S45", "H9")
def test_who_is_limited_to_a_clinic_finds_nothing_of_the_others(app: Flask, world: World) -> None:
    client = log_in(app, LIMITED)
    words = ("marker-North", "North Street", "Own website", "Paper forms")
    for rule in rules_of(app):
        kind, lowest, _ = ROWS[rule.endpoint]
        if rule.endpoint == "auth.logout":
            continue
        if lowest in ("owner", "group", "operator"):
            assert ask(client, rule, world.mine) == 403, rule.endpoint
        elif kind:
            assert ask(client, rule, world.mine) == 404, rule.endpoint
        elif "GET" in (rule.methods or ()):
            answer = get(client, path_of(rule, world.mine))
            assert answer.status_code in (200, 303), rule.endpoint
            assert not any(word in answer.get_data().decode(errors="replace") for word in words), rule.endpoint
    assert "North Lane Chiropractic" in get(client, "/clinics").get_data(as_text=True)


@pytest.mark.statement("S6")
def test_no_form_is_taken_without_its_token(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    operator = log_in(app, "operator@example.org")
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint.partition(".")[0] in WITHOUT_TOKEN:
            continue
        path = path_of(rule, world.mine) if rule.endpoint in ROWS else rule.rule
        asker = operator if ROWS.get(rule.endpoint, ("", "", {}))[1] == "operator" else client
        data = dict(ROWS[rule.endpoint][2]) if rule.endpoint in ROWS else {}
        assert asker.post(path, data=data, base_url=BASE).status_code == 400, rule.endpoint


def test_a_person_who_was_put_out_of_the_group_sees_nothing(app: Flask, world: World) -> None:
    client = log_in(app, "owner@south.example.org")
    assert get(client, "/").status_code == 200
    text = get(client, "/inbox").get_data(as_text=True)
    assert "marker-South" in text
    assert "marker-North" not in text


def test_no_two_pages_share_an_address_and_a_method(app: Flask) -> None:
    seen = [(rule.rule, method) for rule in app.url_map.iter_rules() for method in (rule.methods or ()) - {"OPTIONS"}]
    assert sorted(seen) == sorted(set(seen))
