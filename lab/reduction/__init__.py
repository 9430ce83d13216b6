"""MakeHuman's mesh and targets, reduced to the asset that ships: ``lab/build_asset.py``."""
