"""The flags that all scripts share that make a file which ships from a published package."""

import dataclasses

from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class MakingSettings:
    """The package, and where the file goes."""

    package: str = flag_field(
        "", "The package's own file, fetched as shown above.", aliases=("wheel",), needed=True
    )
    output: str = flag_field("", "The file to write; default: the one that ships.")
