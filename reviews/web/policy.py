"""Who may do what: one table of roles, one table of pages. What is not named is refused.

The interface hides what the tables refuse, and the server refuses it anyway. `create_app` stops when a page has no row.
"""

from enum import StrEnum

from reviews.i18n import N_


class Right(StrEnum):
    """What a page asks of its visitor."""

    PUBLIC = "public"
    KEY = "key"  # a key of the API with the scope of the operation: see web/api/door.py
    PERSON = "person"  # anybody who is logged in, about themselves
    MAIL = "mail"  # be told by mail; no page asks for it
    SEE = "see"
    EDIT = "edit"
    DRAFT = "draft"  # write replies; what else one may do with a reply says the table of `rules.replies`
    MANAGE = "manage"
    GROUP = "group"  # what concerns all clinics of the group: not for people who are limited to some of them
    OWN = "own"
    OPERATE = "operate"  # of the installation, in no group: sees no review without belonging to its group


ROLES: dict[str, frozenset[Right]] = {
    "mail_only": frozenset({Right.PERSON, Right.MAIL}),
    "viewer": frozenset({Right.PERSON, Right.MAIL, Right.SEE}),
    "editor": frozenset({Right.PERSON, Right.MAIL, Right.SEE, Right.EDIT, Right.DRAFT}),
    "manager": frozenset({Right.PERSON, Right.MAIL, Right.SEE, Right.EDIT, Right.DRAFT, Right.MANAGE, Right.GROUP}),
    "owner": frozenset(set(Right) - {Right.PUBLIC, Right.OPERATE}),
    "operator": frozenset({Right.PERSON, Right.OPERATE}),
}

ROLE_NAMES = {
    "mail_only": N_("mail only"),
    "viewer": N_("viewer"),
    "editor": N_("editor"),
    "manager": N_("manager"),
    "owner": N_("owner"),
}
GROUP_ROLES = tuple(ROLE_NAMES)
"""What somebody can be in a group, from the least to the most; the operator is one in the installation."""

PAGES: dict[str, Right] = {
    "static": Right.PUBLIC,
    "health.healthz": Right.PUBLIC,
    "health.readyz": Right.PUBLIC,
    "health.metrics": Right.PUBLIC,
    "auth.login": Right.PUBLIC,
    "auth.login_post": Right.PUBLIC,
    "auth.sign_on": Right.PUBLIC,
    "auth.sign_on_return": Right.PUBLIC,
    "auth.sign_off": Right.PUBLIC,
    "auth.proxy_login": Right.PUBLIC,
    "auth.code": Right.PUBLIC,
    "auth.code_post": Right.PUBLIC,
    "auth.invitation": Right.PUBLIC,
    "auth.take_up_invitation": Right.PUBLIC,
    "auth.invited": Right.PUBLIC,
    "inbound.take": Right.PUBLIC,
    "inbound.shake_hands": Right.PUBLIC,
    "unsubscribe.ask": Right.PUBLIC,
    "unsubscribe.end": Right.PUBLIC,
    "setup.first": Right.PUBLIC,
    "setup.first_post": Right.PUBLIC,
    "auth.logout": Right.PERSON,
    "auth.sessions": Right.PERSON,
    "auth.end_session": Right.PERSON,
    "auth.end_other_sessions": Right.PERSON,
    "auth.choose_language": Right.PERSON,
    "auth.change_password": Right.PERSON,
    "auth.second_factor": Right.PERSON,
    "auth.begin_second_factor": Right.PERSON,
    "auth.confirm_second_factor": Right.PERSON,
    "auth.new_codes": Right.PERSON,
    "auth.end_second_factor": Right.PERSON,
    "dashboard.alerts": Right.SEE,
    "dashboard.new_rule": Right.SEE,
    "dashboard.add_rule": Right.SEE,
    "dashboard.rule_form": Right.SEE,
    "dashboard.save_rule": Right.SEE,
    "dashboard.delete_rule": Right.SEE,
    "dashboard.test_mail": Right.SEE,
    "dashboard.alert_log": Right.GROUP,
    "dashboard.send_again": Right.GROUP,
    "dashboard.new_channel": Right.GROUP,
    "dashboard.add_channel": Right.GROUP,
    "dashboard.channel": Right.GROUP,
    "dashboard.test_channel": Right.GROUP,
    "dashboard.change_channel_address": Right.GROUP,
    "dashboard.change_channel_key": Right.GROUP,
    "dashboard.drop_channel_key": Right.GROUP,
    "dashboard.set_channel_state": Right.GROUP,
    "dashboard.delete_channel": Right.GROUP,
    "dashboard.group_settings": Right.OWN,
    "dashboard.save_group": Right.OWN,
    "dashboard.privacy": Right.OWN,
    "dashboard.save_privacy": Right.OWN,
    "dashboard.audit_trail": Right.OWN,
    "dashboard.erasure": Right.OWN,
    "dashboard.erase_reviews": Right.OWN,
    "dashboard.api_keys": Right.OWN,
    "dashboard.add_api_key": Right.OWN,
    "dashboard.revoke_api_key": Right.OWN,
    "dashboard.people": Right.OWN,
    "dashboard.invite": Right.OWN,
    "dashboard.withdraw_invitation": Right.OWN,
    "dashboard.person": Right.OWN,
    "dashboard.save_person": Right.OWN,
    "dashboard.remove_person": Right.OWN,
    "dashboard.end_person_sessions": Right.OWN,
    "dashboard.require_second_factor": Right.OWN,
    "auth.choose_group": Right.PERSON,
    "system.page": Right.OPERATE,
    "system.diagnostics": Right.OPERATE,
    "system.all_groups": Right.OPERATE,
    "system.add_group": Right.OPERATE,
    "system.join": Right.OPERATE,
    "system.leave": Right.OPERATE,
    "dashboard.today": Right.SEE,
    "dashboard.move_step": Right.MANAGE,
    "dashboard.remove_demo": Right.OWN,
    "dashboard.mark_all_read": Right.SEE,
    "dashboard.inbox": Right.SEE,
    "dashboard.trends": Right.SEE,
    "dashboard.add_remark": Right.EDIT,
    "dashboard.delete_remark": Right.EDIT,
    "dashboard.views": Right.SEE,
    "dashboard.save_view": Right.SEE,
    "dashboard.delete_view": Right.SEE,
    "dashboard.export_reviews": Right.MANAGE,
    "dashboard.reports": Right.SEE,
    "dashboard.report": Right.SEE,
    "dashboard.subscribe_report": Right.SEE,
    "dashboard.report_pdf": Right.SEE,
    "dashboard.make_report": Right.MANAGE,
    "dashboard.share_report": Right.MANAGE,
    "dashboard.send_report": Right.MANAGE,
    "dashboard.revoke_link": Right.MANAGE,
    "report.shared": Right.PUBLIC,
    "report.shared_with_password": Right.PUBLIC,
    "dashboard.bulk_read": Right.SEE,
    "dashboard.bulk_work": Right.EDIT,
    "dashboard.undo_action": Right.SEE,
    "dashboard.recent_actions": Right.SEE,
    "dashboard.switch_keys": Right.PERSON,
    "dashboard.work_review": Right.EDIT,
    "dashboard.assign_review": Right.EDIT,
    "dashboard.add_note": Right.EDIT,
    "dashboard.delete_note": Right.EDIT,
    "dashboard.tag_review": Right.EDIT,
    "dashboard.untag_review": Right.EDIT,
    "dashboard.feature_review": Right.EDIT,
    "dashboard.review": Right.SEE,
    "dashboard.mark_review": Right.SEE,
    "dashboard.themes": Right.SEE,
    "dashboard.theme_page": Right.SEE,
    "dashboard.word_list": Right.SEE,
    "dashboard.try_word": Right.EDIT,
    "dashboard.save_word": Right.EDIT,
    "dashboard.word_file": Right.EDIT,
    "dashboard.try_word_file": Right.EDIT,
    "dashboard.save_word_file": Right.EDIT,
    "dashboard.ask_remove_word": Right.EDIT,
    "dashboard.remove_word": Right.EDIT,
    "dashboard.hide_review": Right.EDIT,
    "dashboard.unhide_review": Right.EDIT,
    "dashboard.reply": Right.DRAFT,
    "dashboard.check_reply": Right.DRAFT,
    "dashboard.save_reply": Right.DRAFT,
    "dashboard.discard_reply": Right.DRAFT,
    "dashboard.approve_reply": Right.DRAFT,
    "dashboard.send_reply_back": Right.DRAFT,
    "dashboard.post_reply": Right.DRAFT,
    "dashboard.undo_reply": Right.DRAFT,
    "dashboard.reply_settings": Right.GROUP,
    "dashboard.save_reply_settings": Right.GROUP,
    "dashboard.add_reply_template": Right.GROUP,
    "dashboard.save_reply_template": Right.GROUP,
    "dashboard.delete_reply_template": Right.GROUP,
    "dashboard.pairs": Right.SEE,
    "dashboard.decide_pair": Right.EDIT,
    "dashboard.sources": Right.SEE,
    "dashboard.source": Right.SEE,
    "dashboard.run": Right.SEE,
    "dashboard.run_now": Right.MANAGE,
    "dashboard.accept_source": Right.MANAGE,
    "dashboard.pause_source": Right.MANAGE,
    "dashboard.resume_source": Right.MANAGE,
    "dashboard.schedule_source": Right.MANAGE,
    "dashboard.ask_delete_source": Right.MANAGE,
    "dashboard.delete_source": Right.MANAGE,
    "dashboard.new_source": Right.MANAGE,
    "dashboard.new_page": Right.MANAGE,
    "dashboard.test_page": Right.MANAGE,
    "dashboard.save_page": Right.MANAGE,
    "dashboard.new_platform": Right.MANAGE,
    "dashboard.choose_account": Right.MANAGE,
    "dashboard.test_platform": Right.MANAGE,
    "dashboard.save_platform": Right.MANAGE,
    "dashboard.permission_given": Right.MANAGE,
    "dashboard.connect_again": Right.MANAGE,
    "dashboard.reconnect_source": Right.MANAGE,
    "dashboard.look_live": Right.SEE,
    "dashboard.ask_disconnect": Right.MANAGE,
    "dashboard.disconnect_source": Right.MANAGE,
    "dashboard.new_file": Right.MANAGE,
    "dashboard.upload_file": Right.MANAGE,
    "dashboard.upload": Right.MANAGE,
    "dashboard.check_upload": Right.MANAGE,
    "dashboard.import_upload": Right.MANAGE,
    "dashboard.new_by_hand": Right.MANAGE,
    "dashboard.check_by_hand": Right.MANAGE,
    "dashboard.save_by_hand": Right.MANAGE,
    "dashboard.edit_by_hand": Right.MANAGE,
    "dashboard.correct_by_hand": Right.MANAGE,
    "dashboard.delete_upload": Right.MANAGE,
    "dashboard.delete_mapping": Right.GROUP,
    "dashboard.rejects_file": Right.SEE,
    "dashboard.undo_import": Right.MANAGE,
    "dashboard.clinics": Right.SEE,
    "dashboard.clinic": Right.SEE,
    "dashboard.ask_delete_clinic": Right.OWN,
    "dashboard.delete_clinic": Right.OWN,
    "dashboard.new_clinic": Right.GROUP,
    "dashboard.add_clinic": Right.GROUP,
    "dashboard.save_clinic": Right.MANAGE,
    "dashboard.widgets": Right.SEE,
    "dashboard.widget": Right.SEE,
    "dashboard.save_widget": Right.EDIT,
    "dashboard.pause_widget": Right.EDIT,
    "dashboard.resume_widget": Right.EDIT,
    "dashboard.mark_up_widget": Right.EDIT,
    "dashboard.check_website": Right.EDIT,
    "dashboard.widget_quotes": Right.SEE,
    "dashboard.choose_rule": Right.EDIT,
    "dashboard.widget_quote": Right.SEE,
    "dashboard.choose_quote": Right.EDIT,
    "dashboard.withdraw_quote": Right.EDIT,
    "dashboard.rule": Right.SEE,
    "dashboard.confirm_rule": Right.MANAGE,
}
PUBLIC_BLUEPRINTS = frozenset({"widget"})


def right_of(endpoint: str) -> Right | None:
    """What a page asks for; None when nobody has said, and then it is refused."""
    if endpoint.partition(".")[0] in PUBLIC_BLUEPRINTS:
        return Right.PUBLIC
    if endpoint.partition(".")[0] == "api":
        return Right.PUBLIC if endpoint == "api.openapi" else Right.KEY
    return PAGES.get(endpoint)


def may(role: str | None, right: Right) -> bool:
    """Whether a role includes a right; nobody and unknown roles have none."""
    return right is Right.PUBLIC or right in ROLES.get(role or "", frozenset())
