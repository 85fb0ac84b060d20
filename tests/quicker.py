"""What every application in a test would build again, built once a process: templates and addresses, compiled.

A test that makes an application would otherwise spend most of its time in compilers whose input never changes.
"""

import io
from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class TemplatesInMemory(BytecodeCache):
    """Compiled templates by the checksum of their source."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template what was compiled from the same source; Jinja compares the checksum."""
        if found := self.kept.get(bucket.key):
            bucket.load_bytecode(io.BytesIO(found))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


def build_once() -> None:
    """From now on applications of this process share their compiled templates and addresses."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": TemplatesInMemory()}
    compiled: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
    compile_builder = Rule._compile_builder

    def find_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        # What Werkzeug makes of a rule depends on these alone; converters are looked up through the rule itself.
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = find_builder  # type: ignore[method-assign]
