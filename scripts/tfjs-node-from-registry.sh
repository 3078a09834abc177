#!/usr/bin/env bash
# Gives this checkout the native backend of TensorFlow.js, from the npm registry and PyPI alone.
#
#   scripts/tfjs-node-from-registry.sh
#
# @tensorflow/tfjs-node fetches libtensorflow from outside the registries when it is installed; where that address cannot be
# reached npm drops the package, which is why it is an optional dependency. Here the package and what it depends on come from
# npm in the versions of package-lock.json, libtensorflow comes out of the wheel tensorflow-cpu, and the addon is compiled
# with Node's own headers. Everything is built and proven aside, then moved into node_modules; package.json and
# package-lock.json are not touched. Run it again after every `npm ci`: the native parts are kept in a cache.
#
#   SOFTQD_TFJS_NODE_CACHE   the cache's folder; default ${XDG_CACHE_HOME:-~/.cache}/softqd/tfjs-node (0.55 GB)
#   SOFTQD_REQUIRE=all       exit 1 where the backend cannot be had on this machine; else that is one line and exit 0
set -euo pipefail

package=@tensorflow/tfjs-node
wheel=tensorflow-cpu==2.13.1
# Of the file for CPython 3.11, manylinux 2.17, x86_64. No Python runs from it: only its shared libraries are taken.
wheel_sha256=87be6e61314b2c0fa062f71e26e41d6a17e162ffe4da72c820fe8f1fc94d97fe

root=$(cd "$(dirname "$0")/.." && pwd)
modules=$root/node_modules
cache=${SOFTQD_TFJS_NODE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/softqd/tfjs-node}
stage=
fetched=
export TF_CPP_MIN_LOG_LEVEL=2

say() { echo "softqd: tfjs-node: $*"; }

fail() {
  say "$*" >&2
  exit 1
}

unavailable() {
  say "not available here: WASM serves ($*)"
  [ "${SOFTQD_REQUIRE:-}" != all ] || exit 1
  exit 0
}

clean_up() {
  # The package that was there before goes back if its successor did not arrive.
  if [ -n "$stage" ] && [ -d "$stage/before" ] && [ ! -e "$modules/$package" ]; then
    mv "$stage/before" "$modules/$package"
  fi
  rm -rf ${stage:+"$stage"} ${fetched:+"$fetched"}
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command silently; what it printed is shown only when it fails.
quietly() {
  local log=$stage/output.log
  if ! "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    return 1
  fi
}

# prove FOLDER: the package seen from FOLDER computes natively: a product, a gradient, and Adam lowers a loss.
prove() {
  (cd "$1" && node --input-type=commonjs) <<'JS'
const assert = require('node:assert');
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined; // gone from Node 23, called by the package
const tf = require('@tensorflow/tfjs-node');
assert.equal(tf.getBackend(), 'tensorflow');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]]));
assert.deepEqual([...product.dataSync()], [19, 22, 43, 50]);
assert.deepEqual([...tf.grad((x) => x.square().sum())(tf.tensor1d([1, -2, 3])).dataSync()], [2, -4, 6]);
const x = tf.variable(tf.tensor1d([3, -4]));
const adam = tf.train.adam(0.1);
const loss = () => x.square().sum();
const before = loss().dataSync()[0];
for (let i = 0; i < 100; i++) adam.minimize(loss);
assert.ok(loss().dataSync()[0] < before / 100);
JS
}

# Puts an aside folder's package.json and package-lock.json into $stage: the package and all that it depends on, each in
# the version, place and checksum of this checkout's own lock file.
lock_aside() {
  node --input-type=commonjs - "$root/package-lock.json" "$stage" "$package" <<'JS'
const { readFileSync, writeFileSync } = require('node:fs');
const [, , lockFile, stage, name] = process.argv;
const { packages, ...lock } = JSON.parse(readFileSync(lockFile, 'utf8'));
const resolve = (from, wanted) => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${wanted}`;
    if (packages[path]) return path;
    if (at === '') return null;
  }
};
const start = resolve('', name);
if (start === null) throw new Error(`package-lock.json does not name ${name}`);
const taken = new Set([start]);
for (const path of taken) {
  const { dependencies, optionalDependencies, peerDependencies } = packages[path];
  for (const wanted of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const found = resolve(path, wanted);
    if (found !== null) taken.add(found);
  }
}
const manifest = { name: 'aside', version: '0.0.0', private: true, dependencies: { [name]: packages[start].version } };
const chosen = { '': manifest };
for (const path of [...taken].sort()) {
  const { dev, optional, devOptional, peer, ...entry } = packages[path];
  chosen[path] = entry;
}
writeFileSync(`${stage}/package.json`, JSON.stringify(manifest));
writeFileSync(`${stage}/package-lock.json`, JSON.stringify({ ...lock, name: 'aside', version: '0.0.0', packages: chosen }));
JS
}

# Extracts libtensorflow and its C headers into $libraries, a folder that exists only when it is whole.
fetch_libraries() {
  say "fetching $wheel from PyPI (187 MB)"
  fetched=$cache/fetching.$$
  mkdir -p "$fetched"
  echo "$wheel --hash=sha256:$wheel_sha256" >"$fetched/wheel.txt"
  quietly python3 -m pip download --no-deps --require-hashes --only-binary=:all: --implementation cp --python-version 3.11 \
    --abi cp311 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --dest "$fetched" --requirement "$fetched/wheel.txt" || fail "the wheel could not be fetched; WASM serves meanwhile"
  say 'unpacking libtensorflow'
  python3 - "$fetched"/*.whl "$fetched/deps" <<'PYTHON'
import os, shutil, sys, zipfile

wheel, deps = sys.argv[1:]
LIBRARIES = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
INCLUDE = 'tensorflow/include/'
HEADERS = tuple(INCLUDE + part for part in ('tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/tsl/', 'tsl/', 'xla/tsl/'))
with zipfile.ZipFile(wheel) as files:
    for name in files.namelist():
        if name in LIBRARIES:
            to = os.path.join(deps, 'lib', os.path.basename(name))
        elif name.startswith(HEADERS) and name.endswith('.h'):
            to = os.path.join(deps, 'include', name[len(INCLUDE):])
        else:
            continue
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with files.open(name) as source, open(to, 'wb') as target:
            shutil.copyfileobj(source, target, 1 << 20)
for library in LIBRARIES:
    os.stat(os.path.join(deps, 'lib', os.path.basename(library)))
PYTHON
  ln -s libtensorflow_cc.so.2 "$fetched/deps/lib/libtensorflow.so"
  ln -s libtensorflow_framework.so.2 "$fetched/deps/lib/libtensorflow_framework.so"
  mv -T "$fetched/deps" "$libraries"
  rm -rf "$fetched"
}

# Compiles the addon in the aside package and keeps it as $addon.
build_addon() {
  local beside nodedir= prefix gyp
  command -v c++ >/dev/null && command -v make >/dev/null || unavailable 'no C++ compiler or no make'
  command -v python3 >/dev/null || unavailable 'no python3, which node-gyp needs'
  beside=$(node -p 'path.dirname(path.dirname(process.execPath))')
  for prefix in "$beside" /usr; do
    if [ -f "$prefix/include/node/node_api.h" ]; then
      nodedir=$prefix
      break
    fi
  done
  [ -n "$nodedir" ] || unavailable "Node's headers are neither in $beside/include/node nor in /usr/include/node"
  gyp=$modules/node-gyp/bin/node-gyp.js
  if [ -f "$gyp" ]; then export npm_config_node_gyp=$gyp; fi
  say "compiling the addon against Node's headers in $nodedir/include/node"
  (cd "$aside" && quietly node "$stage/node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp" install \
    --build-from-source --nodedir="$nodedir") || fail 'the addon could not be compiled; WASM serves meanwhile'
  cp "$(binding)" "$addon.$$"
  mv "$addon.$$" "$addon"
  rm -rf "$aside/build" "$aside/build-tmp-napi-v$napi"
}

# Where the package looks for its addon, for the N-API version of the running node.
binding() {
  (cd "$stage" && node -p 'require("@mapbox/node-pre-gyp").find(`${process.argv[1]}/package.json`)' "$aside")
}

# Moves what the checkout lacks; the package itself comes last, so that it is never there without what it needs.
move_in() {
  node --input-type=commonjs - "$stage" "$root" "$package" <<'JS'
const { existsSync, mkdirSync, readFileSync, renameSync } = require('node:fs');
const { dirname, join } = require('node:path');
const [, , stage, root, name] = process.argv;
const last = `node_modules/${name}`;
const version = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
const { packages } = JSON.parse(readFileSync(join(stage, 'package-lock.json'), 'utf8'));
const paths = Object.keys(packages).filter((path) => path !== '' && !`${path}/`.startsWith(`${last}/`));
for (const path of paths) {
  const [from, to] = [join(stage, path), join(root, path)];
  if (existsSync(join(from, 'package.json')) && existsSync(join(to, 'package.json')) && version(from) !== version(to)) {
    console.error(`softqd: tfjs-node: ${path} is ${version(to)}, package-lock.json says ${version(from)}: run npm ci first`);
    process.exit(1);
  }
}
for (const path of [...paths, last]) {
  const [from, to] = [join(stage, path), join(root, path)];
  if (!existsSync(from)) continue; // moved with the package around it
  if (path === last && existsSync(to)) renameSync(to, join(stage, 'before'));
  if (existsSync(to)) continue;
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}
JS
}

[ "$(uname -sm)" = 'Linux x86_64' ] || unavailable "$(uname -sm); libtensorflow comes for Linux x86_64"
command -v node >/dev/null || fail 'node is not installed'
[ -n "$(node -p 'process.report.getReport().header.glibcVersionRuntime ?? ""')" ] || unavailable 'this is not glibc'
[ -d "$modules" ] || fail 'run npm ci first'
if prove "$root" >/dev/null 2>&1; then
  say "already whole in $modules/$package"
  exit 0
fi

mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/lock"
  flock -n 9 || { say 'waiting for another run'; flock 9; }
fi
napi=$(node -p 'Math.min(8, process.versions.napi)')
version=$(node -p 'require(process.argv[1]).packages[`node_modules/${process.argv[2]}`].version' \
  "$root/package-lock.json" "$package") || fail "package-lock.json does not name $package"
libraries=$cache/${wheel/==/-}-x86_64
addon=$cache/tfjs_binding-$version-${wheel/==/-}-napi$napi-x86_64.node
# What killed runs left behind; the folders end in the number of the process that made them.
for old in "$cache"/fetching.* "$modules"/.softqd-tfjs-node.*; do
  if [ -d "$old" ] && [ ! -d "/proc/${old##*.}" ]; then rm -rf "$old"; fi
done
if [ ! -d "$libraries" ]; then
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || unavailable 'no python3 with pip'
fi

# On the file system of node_modules, so that moving in is a rename; npm looks at no folder that begins with a dot.
stage=$modules/.softqd-tfjs-node.$$
mkdir -p "$stage"
aside=$stage/node_modules/$package
say "fetching $package $version and what it depends on from npm"
lock_aside || fail "the lock file cannot be followed"
quietly npm ci --prefix "$stage" --ignore-scripts --no-audit --no-fund --no-update-notifier --prefer-offline ||
  fail 'the npm packages could not be fetched; WASM serves meanwhile'
[ -d "$libraries" ] || fetch_libraries

# Hard links cost neither time nor disk; across file systems it is a copy.
cp -al "$libraries" "$aside/deps" 2>/dev/null || { rm -rf "$aside/deps" && cp -a "$libraries" "$aside/deps"; }
# The names by which the package's own installer knows that its library is there; it would wipe the folder otherwise.
tf_version=$(node -p 'require(process.argv[1]).LIBTENSORFLOW_VERSION' "$aside/scripts/deps-constants.js")
ln -sf libtensorflow_cc.so.2 "$aside/deps/lib/libtensorflow.so.$tf_version"
ln -sf libtensorflow_framework.so.2 "$aside/deps/lib/libtensorflow_framework.so.$tf_version"
# A later `npm rebuild` builds from source instead of fetching a binary.
echo '{"tf-lib": "file:in-place"}' >"$aside/scripts/custom-binary.json"
if [ -f "$addon" ]; then
  mkdir -p "$(dirname "$(binding)")"
  cp "$addon" "$(binding)"
else
  build_addon
fi

say 'proving it: product, gradient, Adam'
prove "$stage" || fail 'it was made but does not compute; WASM serves meanwhile'
move_in || fail 'nothing was left half made; WASM serves meanwhile'
prove "$root" || fail "it does not compute in its place: remove $modules/$package"
say "ready: the native backend is in $modules/$package, its parts in $cache"
