"""Errors that a client raises."""

import re

from facedancer.utils.errors import UserError


class RefusedError(UserError):
    """The server found the request wrong: the same one would be refused again."""


class UnreachableError(UserError):
    """No answer in time, after all attempts."""


def reason_of(details: str) -> str:
    """Picks what is wrong out of all that a server says about a failed graph.

    Args:
        details: the server's words. TensorFlow puts the reason between the names of the graph's
            nodes, and a stack after it.

    Returns:
        One line; ``details``' first where there is nothing to leave out.
    """
    failed = re.search(r"assertion failed: (.*?)\s*(?:\[\[|\[Op:|$)", details, re.MULTILINE)
    lines = [line.strip() for line in details.splitlines() if line.strip()]
    line = failed.group(1) if failed else (lines or ["no reason given"])[0]
    return re.sub(r"\{\{[^{}]*\}\}\s*", "", line).strip()
