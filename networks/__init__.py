"""The generator and the discriminator of FaceDancer, and the layers and blocks they are made of.

`generator.get_generator` builds configurations A to E and both baselines by their ``up_types`` and
``mapping_depth``; `discriminator.get_discriminator` builds the adversary. A saved generator holds
AdaIN and AFFA layers, so import `facedancer.networks.layers` before loading one with Keras.
"""
