#!/bin/sh
# The portable recording under aarch64, emulated, against the baseline. Nothing but this checkout has to be there.
#
#     sh tests/aarch64.sh FOLDER [evidence]
#
# FOLDER gets a Debian tree with Python 3.11 for arm64 and the aarch64 wheels (2 GB), and is used again if it has them.
# With `evidence` everything that `check` asks is gathered and judged. Needs qemu-aarch64-static and debootstrap (Debian:
# qemu-user-static, debootstrap) and the project's Python as `python`. On 2 cores of an AMD EPYC: three minutes after the
# downloads, with `evidence` eight.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)

if [ ! -e "$folder/debian/usr/bin/python3.11" ]; then
    # the first stage unpacks what a bare system needs; nothing of it has to run, so there is no second
    debootstrap --foreign --arch=arm64 --variant=minbase --include=python3,libpython3.11-stdlib,libstdc++6 \
        bookworm "$folder/debian" ${MIRROR:+"$MIRROR"}
    for package in "$folder"/debian/var/cache/apt/archives/*.deb; do
        dpkg-deb --extract "$package" "$folder/debian"
    done
fi
if [ ! -e "$folder/site/tensorflow" ]; then
    platforms=''
    for version in 2_17 2_26 2_27 2_28; do
        platforms="$platforms --platform manylinux_${version}_aarch64"
    done
    # shellcheck disable=SC2086
    python -m pip install --quiet --target "$folder/site" $platforms --platform manylinux2014_aarch64 --platform any \
        --only-binary :all: --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
        tensorflow==2.21.0 numpy==2.2.6
fi

worker() {
    env PYTHONHOME="$folder/debian/usr" PYTHONPATH="$here:$folder/site" PYTHONNOUSERSITE=1 \
        qemu-aarch64-static -L "$folder/debian" "$folder/debian/usr/bin/python3.11" -m legacy.worker "$1"
}

cd "$here"
if [ "${2:-}" = evidence ]; then
    rm -rf "$folder/evidence"
    mkdir "$folder/evidence"
    worker "{\"evidence\": \"$folder/evidence\"}"
    python -c "
import sys
from legacy.formats.evidence import StoredEvidence
from legacy.formats.references import References
from legacy.judge.ladder import ladder
from legacy.reports import checkreport
references = References()
report = ladder(references, StoredEvidence(references, sys.argv[1]))
print(checkreport.HEADING, *map(checkreport.row, report.rungs), checkreport.ending(report), sep='\n')
sys.exit(report.verdict == 'regression')" "$folder/evidence"
else
    worker "{\"out\": \"$folder/portable.npz\", \"arithmetic\": \"portable\"}"
    python compat_run.py compare legacy/data/baseline-portable.npz "$folder/portable.npz"
fi
