"""Amazon VPC Lattice, event structure version 1.0, and what version 2.0 shares with it.

Shape: Amazon VPC Lattice User Guide, "Lambda functions as targets in VPC Lattice", "Receive events
from the VPC Lattice service", and "HTTP requests", "Caller identity headers". An event of version
1.0 has no time of its own.
"""

from __future__ import annotations

from sltrace.events._forwarded import request_attributes
from sltrace.events._http import HttpSource, first
from sltrace.events._source import SYNCHRONOUS, arn_name, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TARGET = "x-amzn-lattice-target"
_NETWORK = "x-amzn-lattice-network"


class VpcLatticeV1(HttpSource):
    """A request to a service. The event tells no rule, so that the function names the span."""

    __slots__ = ()

    name = "vpc_lattice"
    model = SYNCHRONOUS
    carriers: tuple[str, ...] = ("headers",)
    answer = "the HTTP status"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a request's keys as only version 1.0 spells them."""
        return (
            isinstance(event.get("raw_path"), str)
            and isinstance(event.get("method"), str)
            and isinstance(event.get("headers"), dict)
            and ("is_base64_encoded" in event or "query_string_parameters" in event)
            and "version" not in event
            and "requestContext" not in event
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and where in the network it came."""
        headers = mapping(event["headers"])
        return request(headers, event["method"], event["raw_path"]) | network(
            _fields(first(headers.get(_TARGET))) | _fields(first(headers.get(_NETWORK)))
        )


def request(headers: Mapping[Any, Any], method: str, path: str) -> dict[str, Any]:
    """Return what is told of the request."""
    told = {"http.request.method": text(method), "url.path": path_of(path)}
    return known({**told, **request_attributes(headers)})


def network(arns: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the ids in the ARNs of the network, the service and the caller's VPC."""
    return known(
        {
            "sltrace.vpc_lattice.service_network": arn_name(arns.get("ServiceNetworkArn")),
            "sltrace.vpc_lattice.service": arn_name(arns.get("ServiceArn")),
            "sltrace.vpc_lattice.target_group": arn_name(arns.get("TargetGroupArn")),
            "sltrace.vpc_lattice.source_vpc": arn_name(arns.get("SourceVpcArn")),
        }
    )


def path_of(path: Any) -> str | None:
    """Return the path alone: VPC Lattice leaves the query string on it."""
    return text(path.partition("?")[0]) if isinstance(path, str) else None


def _fields(header: str | None) -> dict[str, str]:
    """Read ``ServiceArn=arn:...; ServiceNetworkArn=arn:...``."""
    pairs = (field.strip().partition("=") for field in (header or "").split(";"))
    return {key: value for key, _, value in pairs}


SOURCE = VpcLatticeV1()
