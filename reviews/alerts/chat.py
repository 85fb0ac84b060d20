"""A message for Slack and for Teams; pure. What others wrote can neither call people nor make links there."""

import json
from collections.abc import Iterator
from typing import Any

from reviews.alerts.messages import Line, Message, draw_stars

SLACK_TEXT = 3000
SLACK_BLOCKS = 50
TEAMS_BYTES = 25_000
"""Of about 28 KB that a Workflows address takes."""


def escape_slack(text: str) -> str:
    """The three characters that Slack reads as markup (``<!channel>``, links)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_payload(message: Message) -> dict[str, Any]:
    """Text for notifications, and blocks; every part within Slack's limits."""
    heading = f"*{_plain_slack(message.heading)}*"
    if message.stars:
        heading = f"{draw_stars(message.stars)}  {heading}"
    blocks = [_slack_section([heading])]
    if message.lines:
        blocks.append(_slack_section([_slack_line(line) for line in message.lines]))
    for section in message.sections:
        lines = [_slack_line(line, "• ") for line in section.lines]
        blocks.append(_slack_section([f"*{_plain_slack(section.heading)}*", *lines]))
    if message.action:
        blocks.append(_slack_section([_slack_line(message.action)]))
    return {
        "text": _plain_slack(message.subject),
        "blocks": blocks[:SLACK_BLOCKS],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _slack_line(line: Line, bullet: str = "") -> str:
    if line.url:
        return f"{bullet}<{line.url}|{_plain_slack(line.text).replace('|', '¦')}>"
    if not line.quote:
        return bullet + _plain_slack(line.text)
    return "\n".join(f"> {_plain_slack(part)}" for part in _parts(_shorten(line.text)))


def _plain_slack(text: str) -> str:
    """Text as it stands: escaped, and its marks of markup kept from acting by an invisible word joiner."""
    escaped = escape_slack(text)
    for mark in ("*", "_", "~", "`", "://", "@", "www."):
        escaped = escaped.replace(mark, f"{mark[0]}\u2060{mark[1:]}")
    return escaped


def _shorten(text: str) -> str:
    """So much of a text that it fits into a section when it is escaped."""
    while sum(len(_plain_slack(part)) + 3 for part in _parts(text)) > SLACK_TEXT * 2 // 3:
        text = text[: len(text) * 3 // 4].rstrip(" …") + " …"
    return text


def _parts(text: str) -> list[str]:
    return [part for part in text.splitlines() if part.strip()] or [""]


def _slack_section(lines: list[str]) -> dict[str, Any]:
    """A section of as many whole lines as fit, so that nothing escaped and no link is cut."""
    kept: list[str] = []
    for line in lines:
        if sum(len(each) + 1 for each in kept) + len(line) > SLACK_TEXT:
            break
        kept.append(line)
    return {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(kept)}}


def teams_payload(message: Message) -> dict[str, Any]:
    """An Adaptive Card 1.4 for a Workflows address; lines go until it is small enough.

    Words of others stand in text runs, which know no Markdown.
    """
    elements = list(_teams_elements(message))
    actions = []
    if message.action:
        actions.append({"type": "Action.OpenUrl", "title": message.action.text, "url": message.action.url})
    while True:
        payload = _teams_card(elements, actions)
        if len(json.dumps(payload, ensure_ascii=False).encode()) <= TEAMS_BYTES or len(elements) <= 1:
            return payload
        elements.pop()


def _teams_card(elements: list[dict[str, Any]], actions: list[dict[str, Any]]) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": elements,
        "actions": actions,
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _teams_elements(message: Message) -> Iterator[dict[str, Any]]:
    stars = f"{draw_stars(message.stars)}  " if message.stars else ""
    yield _teams_run(stars + message.heading, weight="Bolder", size="Medium")
    for line in message.lines:
        yield from _teams_line(line)
    for section in message.sections:
        yield _teams_run(section.heading, weight="Bolder")
        for line in section.lines:
            yield from _teams_line(line)


def _teams_line(line: Line) -> Iterator[dict[str, Any]]:
    for part in _parts(line.text):
        run = _teams_run(part, **({"italic": True} if line.quote else {}))
        if line.url:
            run["inlines"][0]["selectAction"] = {"type": "Action.OpenUrl", "url": line.url}
        yield run


def _teams_run(text: str, **looks: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **looks}]}
