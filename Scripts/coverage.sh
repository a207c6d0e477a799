#!/usr/bin/env bash
# All tests, and how much of the pure modules they run: Scripts/coverage.sh [ARGUMENTS of swift test]
#
# Fails when a test does, or when fewer than 95 % of a module's lines were run. It also lists the lines that were not run,
# in .build/coverage-missed.txt. Scripts/coverage.sh --report [FOLDER] looks at the last run only, or at one of
# Scripts/sanitize.sh, with the products in FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
modules=(Bytes AMF FLV RTMPCore RTMPRelay)
least=95
scratch=(--scratch-path .build/coverage)
folder=
[ "${1:-}" != --report ] || folder=${2:-}
[ -n "$folder" ] || folder=$(swift build "${scratch[@]}" --show-bin-path)
tools=$(dirname "$(readlink -f "$(command -v swift)")")
profile=.build/coverage.profdata
if [ "${1:-}" != --report ]; then
    swift build "${scratch[@]}" --build-tests --enable-code-coverage
    rm -rf "$folder/codecov"
    LLVM_PROFILE_FILE=$folder/codecov/%p.profraw swift test "${scratch[@]}" --skip-build "$@"
fi
# SwiftPM's own merging gives up when one file is damaged, and programs that tests kill leave such files.
"$tools/llvm-profdata" merge -sparse -failure-mode=all "$folder"/codecov/*.profraw -o "$profile"
program=$folder/swift-rtmpPackageTests.xctest
status=0
for module in "${modules[@]}"; do
    # The row of totals: regions, missed, %, functions, missed, %, lines, missed, %.
    "$tools/llvm-cov" report "$program" -instr-profile="$profile" "Sources/$module" | awk -v module="$module" -v least=$least '
        $1 == "TOTAL" { percent = 100 * ($8 - $9) / $8; found = 1
            printf "%-10s %5d of %5d lines, %.2f %%\n", module, $8 - $9, $8, percent }
        END { if (!found || percent < least) { print module ": fewer than " least " % of lines were run"; exit 1 } }
    ' || status=1
done
"$tools/llvm-cov" show "$program" -instr-profile="$profile" "${modules[@]/#/Sources/}" --use-color=false |
    awk '/^\/.*:$/ { file = $0 } /^ *[0-9]+\| *0\|/ { print file $0 }' >.build/coverage-missed.txt
exit $status
