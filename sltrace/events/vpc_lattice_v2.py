"""Amazon VPC Lattice, event structure version 2.0.

Shape: Amazon VPC Lattice User Guide, "Lambda functions as targets in VPC Lattice", "Receive events
from the VPC Lattice service". Headers are lists of values, ``timeEpoch`` is in microseconds.
"""

from __future__ import annotations

from sltrace.events._source import Hop, arn_part, mapping, text
from sltrace.events._times import from_ms
from sltrace.events.vpc_lattice_v1 import VpcLatticeV1, network, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_ARNS = {
    "ServiceNetworkArn": "serviceNetworkArn",
    "ServiceArn": "serviceArn",
    "TargetGroupArn": "targetGroupArn",
}


class VpcLatticeV2(VpcLatticeV1):
    """A request to a service, with the network it came through and its time."""

    __slots__ = ()

    upstream = "VPC Lattice from `requestContext.timeEpoch`, waiting"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a 2.0 request that came through a service network."""
        context = mapping(event.get("requestContext"))
        return (
            event.get("version") == "2.0"
            and isinstance(event.get("path"), str)
            and isinstance(event.get("method"), str)
            and isinstance(event.get("headers"), dict)
            and arn_part(context.get("serviceNetworkArn"), 2) == "vpc-lattice"
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and where in the network it came."""
        asked = request(mapping(event["headers"]), event["method"], event["path"])
        return asked | _network(event)

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the network as a stage, which waits for the function."""
        name = f"VPC Lattice {text(event['method']) or ''}".rstrip()
        start = _from_us(event["requestContext"].get("timeEpoch"))
        return (Hop(self.name, name, start, _network(event), encloses=True),)


def _network(event: Any) -> dict[str, Any]:
    context = event["requestContext"]
    arns = {name: context.get(key) for name, key in _ARNS.items()}
    vpc = mapping(context.get("identity")).get("sourceVpcArn")
    return network({**arns, "SourceVpcArn": vpc})


def _from_us(value: Any) -> int | None:
    """Read microseconds, given as text."""
    is_time = isinstance(value, str) and 3 < len(value) < 20
    return from_ms(f"{value[:-3]}.{value[-3:]}") if is_time else None


SOURCE = VpcLatticeV2()
