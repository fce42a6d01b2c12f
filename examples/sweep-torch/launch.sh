#!/usr/bin/env bash
set -euo pipefail
exec "${PYTHON:-python3}" train.py
