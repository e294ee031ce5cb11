"""What is measured: the workloads bare, with sltrace, and with each peer that is installed."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "workloads"
BARE = "bare"
SLTRACE = "sltrace"


@dataclass(frozen=True)
class Variant:
    """A way to run the workloads.

    Attributes:
        name: as the tables have it.
        module: the handler's module in ``workloads/``.
        distribution: what has to be installed for it, None for nothing.
        imports: the statement with which its users begin.
        about: what it is and does here, for the tables' legend.
    """

    name: str
    module: str
    distribution: str | None
    imports: str
    about: str

    @property
    def version(self) -> str | None:
        """The installed version; None where there is none."""
        if self.distribution is None:
            return None
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            return None

    @property
    def is_there(self) -> bool:
        """Whether it can be measured with this interpreter."""
        return self.distribution is None or self.version is not None


VARIANTS = (
    Variant(BARE, "with_bare", None, "", "the workload alone"),
    Variant(SLTRACE, "with_sltrace", "sltrace", "import sltrace", "decorated, X-Ray export"),
    Variant(
        "aws-xray-sdk",
        "with_aws_xray_sdk",
        "aws-xray-sdk",
        "from aws_xray_sdk.core import xray_recorder",
        "the handler captured; botocore patched where there is boto3",
    ),
    Variant(
        "powertools",
        "with_powertools",
        "aws-lambda-powertools",
        "from aws_lambda_powertools import Tracer",
        "Tracer.capture_lambda_handler, automatic patching (its default)",
    ),
    Variant(
        "opentelemetry",
        "with_opentelemetry",
        "opentelemetry-sdk",
        "from opentelemetry.sdk.trace import TracerProvider",
        "spans by hand, SimpleSpanProcessor, an exporter that sends nothing: a lower bound",
    ),
)


def environ(work: str, daemon: str = "", endpoint: str = "") -> dict[str, str]:
    """Return the function's whole environment: the same for every variant.

    Nothing of this process's own environment is in it, so that no PYTHONDONTWRITEBYTECODE keeps
    anyone from having ``.pyc`` files.

    Args:
        work: the workload.
        daemon: host and port where X-Ray's daemon is to be thought.
        endpoint: the URL of the AWS emulator.
    """
    told = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
        # What a developer has set up for AWS is no part of a measurement.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_XRAY_DAEMON_ADDRESS": daemon,
        "BENCH_WORK": f"work_{work}",
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "POWERTOOLS_SERVICE_NAME": "bench",
    }
    return {name: value for name, value in told.items() if value}
