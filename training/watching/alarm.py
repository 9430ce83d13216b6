"""Tells a run that is learning to swap from one that is not, by its validation numbers."""

from collections.abc import Mapping

# Two of 255 grey levels, in the signed range: storing a photograph as JPEG (quality 75 to 95)
# changes it by 0.5 to 3. A generator's copy may well be less exact; its identity betrays it then.
UNCHANGED = 2 / 127.5


def find_alarm(values: Mapping[str, float], step: int, alarm_after: int) -> str | None:
    """One line where the generator, after ``alarm_after`` steps, does not swap; else None.

    Args:
        values: what `Validation.scalars` gives.
        step: number of steps done.
        alarm_after: up to here every run is given time.
    """
    if step < alarm_after:
        return None
    change = values["validation/change"]
    reconstruction = values["validation/reconstruction"]
    source, target = values["validation/identity_source"], values["validation/identity_target"]
    if change < UNCHANGED:
        return (
            f"the output equals the target: they differ by {change * 127.5:.2f} of 255 grey levels "
            f"(alarm below {UNCHANGED * 127.5:.0f}). Look at: --same_ratio (too many same pairs "
            "teach copying), --identity_weight (too low against reconstruction and cycle), "
            "--ifsr_scale (too strict; higher allows more change)"
        )
    if source <= target:
        return (
            f"the swap is no closer to the source's identity (cosine {source:.3f}) than to the "
            f"target's ({target:.3f}); it differs from the target by {change:.3f}, the "
            f"reconstruction by {reconstruction:.3f} (if alike, the identity is ignored). Look at: "
            "--encoder (are the weights trained?), the data (more than one person?), "
            "--identity_weight (too low?), --ifsr_scale (too strict?), --same_ratio (too high?)"
        )
    return None
