"""Ends with 0 when the service on ZHIWEN_PORT answers a real read (`/readyz`), else with 1 and the reason."""

import http.client
import os
import sys

SECONDS = 8


def main() -> int:
    """Ask once; what failed goes to standard error, where the container engine keeps it."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("ZHIWEN_PORT") or 8000), timeout=SECONDS)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        print(f"no answer: {error!r}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    if response.status != 200:
        print(f"{response.status}: {body}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
