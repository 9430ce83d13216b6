"""The source's own skin: their photograph, laid onto the target's face and fitted into it."""
