"""Elastic Load Balancing, an Application Load Balancer's target group with a function.

Shape: User Guide for Application Load Balancers, "Use Lambda functions as targets of an
Application Load Balancer". A target group with multi-value headers on sends lists of values, under
other names. An event has no time of its own.
"""

from __future__ import annotations

from sltrace.events._forwarded import request_attributes
from sltrace.events._http import HttpSource
from sltrace.events._source import SYNCHRONOUS, arn_part, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_HEALTH_CHECKER = "ELB-HealthChecker/"


class Alb(HttpSource):
    """A request that a listener forwarded. The event tells no rule; the function names the span."""

    __slots__ = ()

    name = "alb"
    model = SYNCHRONOUS
    carriers = ("headers", "multiValueHeaders")
    answer = "the HTTP status"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a request that names the target group it came through."""
        group = mapping(mapping(event.get("requestContext")).get("elb")).get("targetGroupArn")
        return (
            arn_part(group, 2) == "elasticloadbalancing"
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
            and any(isinstance(event.get(key), dict) for key in self.carriers)
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and the target group."""
        attributes = request_attributes(self.carrier(event))
        is_check = attributes.get("user_agent.original", "").startswith(_HEALTH_CHECKER)
        group = event["requestContext"]["elb"]["targetGroupArn"]
        return known(
            {
                "http.request.method": text(event["httpMethod"]),
                "url.path": text(event["path"]),
                **attributes,
                "sltrace.alb.target_group": _target_group(group),
                "sltrace.alb.health_check": True if is_check else None,
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the request's headers, under whichever name they came."""
        return mapping(event.get("headers")) or mapping(event.get("multiValueHeaders"))


def _target_group(arn: str) -> str | None:
    """Return the name in ``arn:...:targetgroup/NAME/ID``."""
    parts = (arn_part(arn, 5) or "").split("/")
    return parts[1] if parts[0] == "targetgroup" and len(parts) == 3 else None


SOURCE = Alb()
