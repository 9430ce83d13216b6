# The project's commands. Each one sets up .venv first; that is quick when nothing has changed.
PYTHON ?= python3
ADDONS_PYTHON ?= $(PYTHON)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Not to be overridden: `demo` begins by removing it.
override DEMO := demo_out

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long test-addons bench lab lab-quick lab-report lint clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## make .venv and install the pinned requirements

$(STAMP): requirements.txt requirements-cluster.txt requirements-lab.txt requirements-serve.txt requirements-ui.txt requirements-dev.txt setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else \
	    f"Python {v[0]}.{v[1]} found, 3.11 to 3.13 needed: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $(STAMP)

demo: setup  ## photographs -> crops -> records -> training -> SavedModel -> a swap; then a swap by what ships
	@rm -rf $(DEMO)
	$(BIN)/python dataset/crop_align.py --data=assets/photos --output=$(DEMO)/crops --image_size=128
	$(BIN)/python dataset/dataset_sharding.py --data=$(DEMO)/crops --output=$(DEMO)/shards
	$(BIN)/python training/train.py --flagfile=flags/demo.cfg --data=$(DEMO)/shards
	$(BIN)/python export/savedmodel.py --generator=$(DEMO)/run --output=$(DEMO)/saved_model
	$(BIN)/python inference/swap_image.py --generator=$(DEMO)/saved_model \
	    --encoder=untrained_small --img_path=assets/photos/eileen_collins/astronaut.png \
	    --source=assets/photos/grace_hopper/grace_hopper.jpg --output=$(DEMO)/swapped.png
	@printf '\n%s\n' "Two photographs, 120 steps and an untrained encoder teach nobody to swap: this shows that all steps work." \
	    "  $(DEMO)/crops/                  the aligned faces" \
	    "  $(DEMO)/run/samples/            target, source, swap, reconstruction while it trained" \
	    "  $(DEMO)/swapped.png             the photograph with its face swapped" \
	    "The same photographs, swapped by the generator that ships:"
	@$(BIN)/python lab/show_swaps.py assets/photos/*/*.??g --output=$(DEMO)/swaps.jpg

test: setup  ## all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-long: setup  ## the proofs that take long: kill tests at full count, clusters
	$(BIN)/python -m pytest -m long

test-addons: setup .venv-addons/.installed  ## our reading of files that tensorflow-addons itself wrote
	$(BIN)/python -m pytest tests/interop/addons

.venv-addons/.installed: requirements-addons.txt
	@$(ADDONS_PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if v == (3, 11) else \
	    f"tensorflow-addons needs Python 3.11, not {v[0]}.{v[1]}: make ADDONS_PYTHON=python3.11 test-addons")'
	$(ADDONS_PYTHON) -m venv .venv-addons
	.venv-addons/bin/python -m pip install --disable-pip-version-check -r requirements-addons.txt
	@touch $@

bench: setup  ## the benchmarks, each into its table in benchmarks/README.md; alone on the machine
	$(BIN)/python benchmarks/network_time.py --write
	$(BIN)/python benchmarks/step_time.py --write
	$(BIN)/python benchmarks/lab_step.py --write
	$(BIN)/python benchmarks/data_preparation.py --write
	$(BIN)/python benchmarks/data_loading.py --write
	$(BIN)/python benchmarks/lab_rendering.py --write
	$(BIN)/python benchmarks/video_swap.py --write
	$(BIN)/python benchmarks/one_picture.py --write
	$(BIN)/python benchmarks/known_pose.py --write
	$(BIN)/python benchmarks/export_latency.py --write
	$(BIN)/python benchmarks/mark_handling.py --write

lab: setup  ## the lab: rendered faces, encoders, all configurations, report (many hours; goes on where it was)
	$(BIN)/python lab/run_lab.py --jobs=2

lab-quick: setup  ## the same, small (minutes)
	$(BIN)/python lab/run_lab.py --quick --jobs=2

lab-report: setup  ## lab/REPORT.md again from the stored results
	$(BIN)/python lab/report.py

lint: setup  ## ruff check and format check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:  ## remove what demo, lab-quick, test and lint left (not .venv, runs, the lab)
	rm -rf demo_out lab_out/quick .pytest_cache .ruff_cache build *.egg-info
