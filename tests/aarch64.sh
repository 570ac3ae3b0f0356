#!/bin/sh
# `check` of the article's experiment under aarch64, emulated. Nothing but this checkout has to be there.
#
#     sh tests/aarch64.sh FOLDER [option of check ...]
#
# FOLDER gets a Debian tree with Python 3.11 for arm64 and the aarch64 wheels (2 GB), and is used again if it has them.
# Needs qemu-aarch64-static and debootstrap (Debian: qemu-user-static, debootstrap) and the project's Python as `python`.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
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

# an interpreter as `check --python` takes one
cat > "$folder/python" <<END
#!/bin/sh
PYTHONHOME="$folder/debian/usr" PYTHONPATH="$here:$folder/site" PYTHONNOUSERSITE=1 \\
    exec qemu-aarch64-static -L "$folder/debian" "$folder/debian/usr/bin/python3.11" "\$@"
END
chmod +x "$folder/python"
cd "$here"
python compat_run.py check --python "$folder/python" "$@"
