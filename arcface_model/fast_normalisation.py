"""Batch normalisation for training on a CPU: a third of a small network's step is Keras's own."""

import tensorflow as tf
from keras import layers


class FastBatchNormalization(layers.BatchNormalization):
    """Batch normalisation of feature maps by TensorFlow's fused kernel, also in bfloat16.

    Keras's own takes the kernel apart. The weights are the same ones in the same order: those of a
    trained network are put into one with Keras's layers, which is what is saved.
    """

    def call(
        self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None
    ) -> tf.Tensor:
        """``[B, H, W, C]`` -> the same; of several replicas each has its own batch's statistics."""
        if not training or not self.trainable:
            return super().call(inputs, training=False, mask=mask)
        unused = tf.zeros([0])
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(self.gamma, tf.float32),
            offset=tf.cast(self.beta, tf.float32),
            mean=unused,
            variance=unused,
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
        return outputs
