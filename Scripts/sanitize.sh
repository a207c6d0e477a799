#!/usr/bin/env bash
# All tests under a sanitizer, in a build folder of its own:
#
#   Scripts/sanitize.sh address|thread [--coverage] [ARGUMENTS of swift test]
#
# Address looks for memory used after it was freed, beyond its end or never freed; thread for memory that two threads
# use at once. --coverage counts in the same run the lines that tests run, see Scripts/coverage.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-}
case $kind in
address) ;;
thread) ;;
*)
    echo "usage: Scripts/sanitize.sh address|thread [--coverage] [ARGUMENTS of swift test]" >&2
    exit 64
    ;;
esac
shift
coverage=()
if [ "${1:-}" = --coverage ]; then
    coverage=(--enable-code-coverage)
    shift
fi
export ASAN_OPTIONS=detect_leaks=1:malloc_context_size=20
export LSAN_OPTIONS=suppressions=$PWD/Scripts/leaks.txt:print_suppressions=0
export TSAN_OPTIONS=halt_on_error=0
# A sanitizer keeps what was freed, so how much memory goes back to the system says nothing.
export RTMP_KEEPS_FREED_MEMORY=1
# Slow programs run fewer of the simulated worlds; Scripts/seeds.sh runs them all.
export RTMP_SEEDS=${RTMP_SEEDS:-8} RTMP_HOURS=${RTMP_HOURS:-0.2}
# The sanitizer prints where things happened by itself.
export SWIFT_BACKTRACE=enable=no

# With optimisation the suite takes a third of the time, and the code that is watched is the code that people run.
# DEBUG thins what a debug build thins.
options=(-c release --build-path ".build/$kind" --sanitize "$kind" -Xswiftc -enable-testing -Xswiftc -DDEBUG)
swift build "${options[@]}" "${coverage[@]}" --build-tests
folder=$(swift build "${options[@]}" --show-bin-path)
rm -rf "$folder/codecov"
# XCTest has no test of ours to run, and leaks a little.
LLVM_PROFILE_FILE=$folder/codecov/%p.profraw swift test "${options[@]}" --disable-xctest --skip-build "$@"
[ ${#coverage[@]} -eq 0 ] || Scripts/coverage.sh --report "$folder"
