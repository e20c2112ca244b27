"""Print the pages of the desk as JSON; run by itself with the environment of a desk."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import django


def found(resolver: Any, prefix: str = "", space: str = "") -> Iterator[dict[str, Any]]:
    """Walk the routes outside the API, without the JSON and CSV twins."""
    from django.urls import URLResolver

    from coercivity.desk.middleware import API_APP
    from coercivity.desk.permissions import declared

    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.app_name != API_APP:
                yield from found(entry, address, f"{entry.namespace}:" if entry.namespace else "")
        elif "as_form" not in entry.default_args:
            demanded = declared(entry.callback) or ()
            yield {
                "name": f"{space}{entry.name}",
                "address": f"/{address}",
                "permissions": sorted(str(permission) for permission in demanded),
            }


def main() -> None:
    django.setup()
    from django.urls import get_resolver

    json.dump(list(found(get_resolver())), sys.stdout)


if __name__ == "__main__":
    main()
