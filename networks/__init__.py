"""The generator and the discriminator of FaceDancer."""
