"""Sample events by the names that ``sam local generate-event`` gives them, such as s3:put.

A name is a service and a type. The templates and their default values are aws-sam-cli's; how
they are filled in is written here, on the parsed event instead of its text, so that no value has
to be escaped.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from sltrace.local import components

# {{{tag}}}, and in one template {{tag}}.
_TAG = re.compile(r"\{\{(\{)?([\w-]+)(?(1)\})\}\}")


class UnknownSample(Exception):  # noqa: N818 - says what is the matter; there is no other kind
    """No sample event has that name; one line says which ones are like it."""


def names() -> list[str]:
    """Return the names of all sample events, ``service:type``, sorted.

    Raises:
        ComponentMissing: the sample events cannot be fetched.
    """
    mapping = _mapping()
    return sorted(f"{service}:{kind}" for service in mapping for kind in mapping[service])


def sample(name: str) -> Any:
    """Return the sample event of that name, with the default values filled in.

    Raises:
        UnknownSample: there is no such event.
        ComponentMissing: the sample events cannot be fetched.
    """
    mapping = _mapping()
    service, _, kind = name.partition(":")
    if kind not in mapping.get(service, {}):
        raise UnknownSample(_unknown(name, mapping))
    about = mapping[service][kind]
    path = components.sample_events() / "events" / service / f"{about['filename']}.json"
    template = json.loads(path.read_text(encoding="utf-8"))
    return _fill(template, _values(about["tags"]))


def _mapping() -> dict[str, dict[str, Any]]:
    path = components.sample_events() / "event-mapping.json"
    mapping: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return mapping


def _unknown(name: str, mapping: dict[str, dict[str, Any]]) -> str:
    service, _, kind = name.partition(":")
    known = [f"{each}:{its}" for each in mapping for its in mapping[each]]
    if service in mapping:
        near = difflib.get_close_matches(kind, mapping[service], n=3) or list(mapping[service])
        near = [f"{service}:{each}" for each in near]
    else:
        near = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "see sltrace invoke --list-events"
    return f"there is no sample event {name!r}: {hint}"


def _values(tags: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what each tag stands for; a tag's children are made from its own raw value."""
    values: dict[str, Any] = {}
    for tag, about in tags.items():
        raw = about.get("default", "")
        named = {tag: about, **(about.get("children") or {})}
        for name, how in named.items():
            # The mapping writes "account-id" where the templates write {{{account_id}}}.
            values[name] = values[name.replace("-", "_")] = _value(how, raw)
    return values


def _value(about: dict[str, Any], raw: str) -> Any:
    if about.get("type") == "dict":
        return json.loads(raw)
    if about.get("encoding") == "url":
        return quote(raw)
    if about.get("encoding") == "base64":
        return base64.b64encode(raw.encode()).decode()
    if about.get("hashing") == "md5":
        return hashlib.md5(raw.encode(), usedforsecurity=False).hexdigest()
    return raw


def _fill(template: Any, values: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        return {_text(key, values): _fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(item, values) for item in template]
    if not isinstance(template, str):
        return template
    whole = _TAG.fullmatch(template)
    return values.get(whole[2], "") if whole else _text(template, values)


def _text(template: str, values: dict[str, Any]) -> str:
    return _TAG.sub(lambda match: str(values.get(match[2], "")), template)
