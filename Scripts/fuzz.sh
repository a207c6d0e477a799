#!/usr/bin/env bash
# Runs each fuzzer for so many minutes of processor time, two at a time: Scripts/fuzz.sh MINUTES [TARGET...]
#
# Prints for each what the fuzzer said last and the time that it had. What was learned is kept in Fuzzing/.build, so that
# a longer run goes on from there. It yields to whatever else the machine does.
set -euo pipefail
minutes=${1:?usage: Scripts/fuzz.sh MINUTES [TARGET...]}
shift
export FUZZ_SEED=0  # another one each time
export FUZZ_CPU=1 FUZZ_NICE=10
exec "$(dirname "$0")/../Fuzzing/run" $((minutes * 60)) "$@"
