#!/usr/bin/env bash
# Trains a pendulum to swing up, then balances it until Ctrl-C.
source "$(dirname "$0")/../support.sh"

softqd demo "$@"
