"""Tells people what happened: by mail, in Slack and Teams, by webhook. Sent, then marked: at least once, one id."""
