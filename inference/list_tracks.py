"""Previews the people in a video, with the track numbers that --track of a swap takes.

python inference/list_tracks.py clip.mp4 --output=people
python inference/swap.py clip.mp4 --source=person.jpg --track=2 --output=swapped.mp4

It writes tracks.png, with one face for each track and the times at which it is seen, and
tracks.json. A track ends at a cut or an absence; "like 0" means that a later track looks like the
person of track 0. A swap has the same numbers if it uses the same part of the video and the same
settings.
"""

import dataclasses
from pathlib import Path

from facedancer.inference.network_flags import NetworkFlags
from facedancer.inference.swap_flags import DetectionFlags, ExcerptFlags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

EXIT_NOBODY = 3


@dataclasses.dataclass(frozen=True)
class Settings(DetectionFlags, ExcerptFlags, NetworkFlags, TrustSettings):
    """All flags of this command."""

    output: str = shared_flag(
        "output", text="Output folder for tracks.png and tracks.json.", needed=True
    )


def main(settings: Settings, paths: list[str]) -> int:
    """Looks through the video, writes and prints."""
    from facedancer.inference.default_networks import choose_encoder
    from facedancer.inference.video.excerpt import Excerpt
    from facedancer.utils.files import write_json
    from facedancer.utils.places import check_folder, check_there

    if len(paths) != 1:
        raise UserError("give exactly one video")
    folder = Path(settings.output)
    check_folder(folder)
    check_there(paths[0], "video file")
    excerpt = Excerpt(settings.start, settings.end, settings.fps, settings.scale)
    encoder = choose_encoder(
        settings.generator or None, settings.encoder or None, settings.any_encoder
    )
    from facedancer.inference.identity_networks import load_identity_networks
    from facedancer.inference.jobs.tracks import list_tracks
    from facedancer.utils.contact_sheet import contact_sheet
    from facedancer.utils.images import write_image

    networks = load_identity_networks(encoder, settings.detector or None)
    networks.set_detection(settings.min_score, settings.detect_size)
    tracks = list_tracks(networks, Path(paths[0]), excerpt)
    if not tracks:
        print("no face was found")
        return EXIT_NOBODY
    lines = [
        f"{one.first_s:.1f} to {one.last_s:.1f} s"
        + (f", like {one.like}" if one.like != one.number else "")
        for one in tracks
    ]
    captions = [f"track {one.number}\n{line}" for one, line in zip(tracks, lines, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    write_image(folder / "tracks.png", contact_sheet([one.thumbnail for one in tracks], captions))
    write_json(folder / "tracks.json", [one.to_json() for one in tracks])
    for one, line in zip(tracks, lines, strict=True):
        print(f"track {one.number}: frames {one.first} to {one.last}, {line}")
    print(f"written: {folder / 'tracks.png'}, {folder / 'tracks.json'}")
    return 0


if __name__ == "__main__":
    run(main, Settings, positional="VIDEO")
