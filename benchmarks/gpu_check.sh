#!/usr/bin/env bash
# What this machine's GPU does, in one table: tests, a training step's time and memory in four
# precisions with and without XLA, a swapped clip. Takes 9 minutes at most.
#   bash benchmarks/gpu_check.sh [--small] [--output=gpu_check.md]
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" benchmarks/gpu_check.py "$@"
