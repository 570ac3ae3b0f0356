#!/bin/sh
# Tests under a stand-in for another kind of processor: the tested TensorFlow, whose float32 kernels of Rsqrt, Exp, Mean
# and MatMul round otherwise in the last place (other_processor.cc), on a processor that calls itself by another name.
#
#     sh tests/other_processor.sh FOLDER [argument of pytest ...]
#
# By default everything that reads a float32 run is run. FOLDER gets a virtual environment that borrows all packages
# from the one of `python`, which stays as it is; TensorFlow loads what lies in `tensorflow-plugins` there. That it is
# a stand-in is shown first: other bits in float32, the same in portable arithmetic and float64. Needs g++ and Linux, and
# the project's Python as `python`. Exit code 2, and a line that says why, where the stand-in cannot be built.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

cannot() {
    echo "no stand-in for another processor: $1" >&2
    exit 2
}

command -v g++ > /dev/null || cannot 'there is no C++ compiler (Debian: g++)'
[ -r /proc/cpuinfo ] || cannot 'there is no /proc/cpuinfo, which gets another name'
[ -e "$folder/bin/python" ] || python -m venv --without-pip "$folder"
site=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$site/borrowed.pth"

mkdir -p "$site/tensorflow-plugins"
flags=$(TF_CPP_MIN_LOG_LEVEL=3 python -c 'from tensorflow import sysconfig
print(*sysconfig.get_compile_flags(), *sysconfig.get_link_flags())' 2> /dev/null) || cannot 'TensorFlow is not installed'
# No -march: the same instructions, and so the same answers, on every x86-64.
# shellcheck disable=SC2086
g++ -w -O2 -fPIC -shared -ffp-contract=off tests/other_processor.cc $flags \
    -o "$site/tensorflow-plugins/other_processor.so" 2> "$folder/compiler.txt" ||
    cannot "it does not compile here, $folder/compiler.txt says why"

sed 's/^\(model name[[:space:]]*: \).*/\1Stand-in for another processor/' /proc/cpuinfo > "$folder/cpuinfo"
cat > "$site/sitecustomize.py" <<END
import builtins

_open = builtins.open


def _of_the_stand_in(file, *args, **kwargs):
    """The built-in open, but for the name of the processor."""
    return _open('$folder/cpuinfo' if file == '/proc/cpuinfo' else file, *args, **kwargs)


builtins.open = _of_the_stand_in
END

python -m tests.other_processor answers "$folder/here.npz" 2> "$folder/log.txt" &
"$folder/bin/python" -m tests.other_processor answers "$folder/there.npz" 2>> "$folder/log.txt" || {
    cat "$folder/log.txt" >&2; exit 1; }
wait $! || { cat "$folder/log.txt" >&2; exit 1; }
python -m tests.other_processor compare "$folder/here.npz" "$folder/there.npz"

[ $# -gt 0 ] || set -- tests/docs/test_manual.py tests/worker tests/check tests/commands tests/judge tests/claims
"$folder/bin/python" -m pytest "$@" || exit 1  # pytest has a 2 of its own
