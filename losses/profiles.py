"""The two published forms of the losses: as the paper prints them and as its code computes them."""

PROFILES = ("paper", "released")


def is_released(profile: str) -> bool:
    """True for ``"released"``, False for ``"paper"``.

    Raises:
        ValueError: any other name.
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown loss profile {profile!r}: one of {', '.join(PROFILES)}")
    return profile == "released"
