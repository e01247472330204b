#!/usr/bin/env bash
# Make a virtual environment with one of the two OpenMMLab stacks.
#   make_env.sh FOLDER [openmmlab|onedl]
# PYTHON  the interpreter (3.10 to 3.12); found where unset
# TORCH   what pip installs as PyTorch; default torch==2.13.0
# JOBS    compilers at a time for mmcv; default: all cores
# Killed and called again, it goes on: pip keeps what was downloaded and built.
set -euo pipefail
venv=$1 stack=${2:-openmmlab}
here=$(cd "$(dirname "$0")" && pwd)
start=$SECONDS
say() { printf '[%3d s] %s\n' $((SECONDS - start)) "$*"; }
fail() { echo "error: $*" >&2; exit 1; }

case $stack in
  openmmlab) mmcv=mmcv==2.1.0 ;;
  onedl) mmcv=onedl-mmcv==2.3.6 ;;
  *) fail "STACK=$stack: wants openmmlab or onedl" ;;
esac

fits() {
  "$1" -c 'import sys, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' \
    >/dev/null 2>&1
}
if [ -n "${PYTHON:-}" ]; then
  fits "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.10, 3.11 or 3.12 with venv"
else
  for PYTHON in python3.11 python3.12 python3.10 python3 python none; do
    fits "$PYTHON" && break
  done
  [ "$PYTHON" != none ] || fail 'no Python 3.10, 3.11 or 3.12 found; set PYTHON'
fi

say "$("$PYTHON" --version), $stack stack, into $venv"
[ -x "$venv/bin/python" ] || "$PYTHON" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check -q "$@"; }

say "PyTorch (${TORCH:-torch==2.13.0})"
pip install "${TORCH:-torch==2.13.0}" -r "$here/base.txt" wheel ninja psutil

say "$mmcv, built from source once (minutes; pip keeps the result)"
log=$venv/mmcv-build.log
# a cache for each torch: pip itself would take a wheel that was built with another
cache=$("$venv/bin/python" -m pip --disable-pip-version-check cache dir 2>/dev/null ||
  echo "$venv/pip-cache")/with-torch-$("$venv/bin/python" -c 'import torch
print(torch.__version__)')
# mmcv asks for C++17; the headers of torch from 2.14 on want C++20
if grep -q 'C++20 or later' "$venv"/lib/python3.*/site-packages/torch/include/ATen/ATen.h
then
  printf '#!/bin/bash\nexec %s "${@/#-std=c++17/-std=c++20}"\n' "${CXX:-c++}" >"$venv/bin/c++20"
  chmod +x "$venv/bin/c++20"
  export CXX=$venv/bin/c++20
fi
# -g0: without debug symbols it takes a third of the time
CFLAGS=${CFLAGS:--g0 -O2} MMCV_WITH_OPS=1 FORCE_CUDA=${FORCE_CUDA:-0} \
  MAX_JOBS=${JOBS:-$(nproc)} \
  "$venv/bin/python" -m pip --disable-pip-version-check --cache-dir "$cache" install -v \
  --no-build-isolation --no-deps "$mmcv" >"$log" 2>&1 &
build=$!
trap 'kill $build 2>/dev/null || true' EXIT
shown=
while kill -0 $build 2>/dev/null; do
  sleep 2
  at=$(grep -o '^ *\[[0-9]*/[0-9]*\]' "$log" | tail -n 1 | tr -d ' ' || true)
  if [ -n "$at" ] && [ "$at" != "$shown" ]; then
    say "  compiled $at"
    shown=$at
  fi
done
wait $build || { tail -n 20 "$log" >&2; fail "$mmcv did not build; all of it: $log"; }
trap - EXIT

say 'mmengine, mmdet, pytest, ruff'
pip install -r "$here/$stack.txt" -r "$here/base.txt" -r "$here/dev.txt"
# for both stacks: onedl-mim 0.5.1 does not find a package that has a command
pip install --no-deps openmim==0.3.9
# last, as both packages write the folder cv2: this one needs no libGL
pip install --no-deps --force-reinstall opencv-python-headless"$(
  "$venv/bin/python" -c 'from importlib.metadata import version as v
print("==" + v("opencv-python"))'
)"
"$venv/bin/python" -W ignore -c 'import mmdet, mmengine, mmcv.ops, torch
print(f"torch {torch.__version__}, mmcv {mmcv.__version__}, mmengine "
      f"{mmengine.__version__}, mmdet {mmdet.__version__}")'
say 'done'
