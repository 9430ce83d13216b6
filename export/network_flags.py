"""The flags that say which networks are converted: the same for every script here."""

from absl import flags

from facedancer.arcface_model.pairing import ANY_ENCODER_HELP
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.utils.errors import UserError
from facedancer.utils.places import check_folder, check_there

from .swap_networks import SwapNetwork, load_networks

flags.disclaim_key_flags()  # they are the script's own, so that its --help lists them


def define_network_flags() -> None:
    """Defines them."""
    flags.DEFINE_string("facedancer_path", "", "A generator, in any form; empty: none.")
    flags.DEFINE_string(
        "arcface_path",
        "",
        "The identity encoder that it was trained with, in any form; empty: none.",
    )
    flags.DEFINE_bool("any_encoder", False, ANY_ENCODER_HELP)
    flags.DEFINE_string(
        "retina_path", str(SHIPPED_WEIGHTS), "A detector, in any form; empty: none."
    )
    flags.DEFINE_string("export_dir", None, "The folder of the files.", required=True)
    flags.DEFINE_string(
        "data",
        "",
        "A folder of shards whose crops the files are compared on; empty: the two sample "
        "photographs.",
    )
    flags.DEFINE_integer("batch_size", 0, "Pictures at a time, fixed; 0: any number.", 0)


def networks_of_flags(values: flags.FlagValues) -> list[SwapNetwork]:
    """The networks that the parsed flags name.

    Raises:
        UserError: none, or a generator without its encoder; or see `load_networks`.
    """
    if not (values.facedancer_path or values.arcface_path or values.retina_path):
        raise UserError(
            "nothing to convert: name a network by --facedancer_path, --arcface_path or "
            "--retina_path"
        )
    if values.facedancer_path and not values.arcface_path:
        raise UserError("--arcface_path is missing: the generator is compared with its identities")
    check_folder(values.export_dir)
    if values.data:
        check_there(values.data, "folder")
    return load_networks(
        values.facedancer_path,
        values.arcface_path,
        values.retina_path,
        values.data,
        values.any_encoder,
    )
