"""The flag that all benchmarks share."""

import dataclasses

from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class BenchmarkSettings:
    """The figures are printed in any case; they may be kept too."""

    write: bool = flag_field(
        False, "Also write the results into the documentation page that shows them.", stored=False
    )
