"""What a client tells its caller."""

from facedancer.utils.cli import UserError


class RefusedError(UserError):
    """The server found the request wrong: the same one would be refused again."""


class UnreachableError(UserError):
    """No answer in time, after all attempts."""
