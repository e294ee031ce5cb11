"""The one place that names the version: the build, the resource and the scope read it."""

VERSION = "0.1.0"
