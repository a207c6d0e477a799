#!/usr/bin/env bash
# Builds the documentation of all library modules as one static web site. Warnings, and public symbols without a comment,
# are errors.
#
#   Scripts/docs.sh                   into .build/documentation/site
#   Scripts/docs.sh --base-path /x    for a site that is served below /x
#
# Look at it: python3 -m http.server -d .build/documentation/site, then http://localhost:8000/documentation.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=(AMF FLV RTMPCore RTMPRelay RTMPTransport)
base_path=()
if [ "${1:-}" = --base-path ]; then base_path=(--hosting-base-path "$2"); fi
output=.build/documentation
rm -rf "$output"
mkdir -p "$output"

swift build --quiet
binaries=$(swift build --show-bin-path)
triple=$(swift -print-target-info | sed -n 's/.*"unversionedTriple" *: *"\(.*\)".*/\1/p')
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")

archives=()
for module in "${modules[@]}"; do
    graphs=$output/graphs/$module
    mkdir -p "$graphs"
    # Symbols of the compiler's making (`!=` and the like) have no comment of ours.
    swift symbolgraph-extract -module-name "$module" -target "$triple" -output-dir "$graphs" \
        -I "$binaries/Modules" -Xcc -fmodule-map-file=Sources/CLinux/module.modulemap \
        -minimum-access-level public -skip-synthesized-members -skip-inherited-docs >/dev/null
    python3 - "$graphs" <<'PYTHON'
import glob, json, sys
bare = []
for path in glob.glob(sys.argv[1] + "/*.symbols.json"):
    for symbol in json.load(open(path))["symbols"]:
        location = symbol.get("location")
        if "docComment" in symbol or location is None or "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
            continue
        bare.append(f"{location['uri']}:{location['position']['line'] + 1}: {'.'.join(symbol['pathComponents'])}")
if bare:
    sys.exit("public, and without a comment:\n" + "\n".join(sorted(bare)))
PYTHON
    "$docc" convert "Sources/$module/$module.docc" --additional-symbol-graph-dir "$graphs" \
        --output-path "$output/$module.doccarchive" --transform-for-static-hosting --warnings-as-errors \
        --fallback-display-name "$module" --fallback-bundle-identifier "swift-rtmp.$module" "${base_path[@]}" \
        >"$output/$module.log" 2>&1 || { cat "$output/$module.log"; exit 1; }
    archives+=("$output/$module.doccarchive")
done
"$docc" merge "${archives[@]}" --synthesized-landing-page-name swift-rtmp --synthesized-landing-page-kind Package \
    --output-path "$output/site" >/dev/null
echo "documentation of ${#modules[@]} modules in $output/site"
