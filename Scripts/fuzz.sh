#!/usr/bin/env bash
# Runs each fuzzer for so many minutes, two at a time: Scripts/fuzz.sh MINUTES [TARGET...]
#
# What was learned is kept in Fuzzing/.build, so that a longer run goes on from there.
set -euo pipefail
minutes=${1:?usage: Scripts/fuzz.sh MINUTES [TARGET...]}
shift
export FUZZ_SEED=0  # another one each time
exec "$(dirname "$0")/../Fuzzing/run" $((minutes * 60)) "$@"
