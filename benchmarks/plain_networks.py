"""Our networks as the released code computes them: a convolution at full side, then the pooling."""

import dataclasses

import keras
from keras import ops

from facedancer.networks.pooled_conv import PooledConv
from facedancer.training.game import Game
from facedancer.training.player import Player


class ConvThenPool(PooledConv):
    """What `PooledConv` computes, in the two steps that it stands for."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """``[B, H, W, C]``, H and W even -> ``[B, H/2, W/2, filters]``."""
        full = ops.conv(inputs, self.kernel, padding="same") + self.bias
        return ops.average_pool(full, 2, 2)


def with_plain_convolutions(game: Game) -> Game:
    """The game with both players' networks rebuilt, weights kept, each with a new optimizer."""
    players = {name: _rebuilt(player) for name, player in game.players.items()}
    return dataclasses.replace(game, **players)


def _rebuilt(player: Player) -> Player:
    network = keras.models.clone_model(player.network, clone_function=_unfold)
    network.set_weights(player.network.get_weights())
    optimizer = player.optimizer.from_config(player.optimizer.get_config())
    return Player(network, optimizer, scale_loss=False)


def _unfold(layer: keras.Layer) -> keras.Layer:
    kind = ConvThenPool if isinstance(layer, PooledConv) else type(layer)
    return kind.from_config(layer.get_config())
