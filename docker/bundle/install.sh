#!/bin/sh
# 质文图谱 @VERSION@ 离线安装：不访问网络，不改动数据目录（ZHIWEN_HOME）。用法：./install.sh --help
set -eu
umask 022

VERSION=@VERSION@
ARCH=@ARCH@
PYTHON=@PYTHON@
GLIBC=@GLIBC@

prefix=/opt/zhiwen
python=
systemd=no
bundle=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

usage() {
  cat <<END
质文图谱 $VERSION 离线安装（$ARCH，Python $PYTHON）

用法：./install.sh [--prefix 目录] [--python 路径] [--systemd]
  --prefix 目录   安装到哪里，默认 /opt/zhiwen
  --python 路径   使用哪个 Python $PYTHON，默认自动查找
  --systemd       并安装为系统服务 zhiwen（须以 root 执行）

可重复执行：已安装则不变，新版本装好后才切换，上一版本保留。
END
}

fail() {
  echo "安装未完成：$*" >&2
  exit 1
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix | --python)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 后面缺少值"
        if [ "$1" = --prefix ]; then prefix=$2; else python=$2; fi
        shift
        ;;
      --systemd) systemd=yes ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) fail "不认识的参数 $1；用 ./install.sh --help 查看用法" ;;
    esac
    shift
  done
  case $prefix in
    /*) ;;
    *) prefix=$(pwd)/$prefix ;;
  esac
  case $prefix in
    *[[:space:]]*) fail "安装目录的路径中不能有空格：$prefix" ;;
  esac
}

check_machine() {
  machine=$(uname -m)
  [ "$machine" != arm64 ] || machine=aarch64
  [ "$(uname -s) $machine" = "Linux $ARCH" ] || fail "本安装包适用于 Linux $ARCH，本机是 $(uname -s) $machine；请换用对应的安装包"
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || fail "本机没有 glibc（musl 系统不能使用本安装包）"
  libc=${libc#glibc }
  oldest=$(printf '%s\n%s\n' "$GLIBC" "$libc" | sort -t. -k1,1n -k2,2n | head -n 1)
  [ "$oldest" = "$GLIBC" ] || fail "需要 glibc $GLIBC 或更新版本，本机是 $libc"
}

check_bundle() {
  command -v sha256sum >/dev/null || fail "本机没有 sha256sum，无法核对安装包"
  (cd "$bundle" && sha256sum -c SHA256SUMS >/dev/null 2>&1) || fail "安装包不完整或被改动（SHA256SUMS 不符）；请重新拷贝"
}

fits() {
  [ "$("$1" -I -c 'import sys; print("%s %d.%d" % (sys.implementation.name, *sys.version_info[:2]))' 2>/dev/null)" = "cpython $PYTHON" ]
}

find_python() {
  if [ -n "$python" ]; then
    fits "$python" || fail "$python 不是 Python $PYTHON；本安装包中的组件只适用于 Python $PYTHON"
  else
    for candidate in "python$PYTHON" python3 "/usr/local/bin/python$PYTHON" "/opt/python$PYTHON/bin/python$PYTHON"; do
      if fits "$candidate"; then
        python=$candidate
        break
      fi
    done
    [ -n "$python" ] || fail "没有找到 Python $PYTHON；请先安装，或用 --python 指明它的路径"
  fi
  for module in venv sqlite3 ssl zlib ctypes; do
    "$python" -I -c "import $module" 2>/dev/null || fail "$python 缺少模块 $module（自行编译的 Python 常缺；请装好相应的开发库后重新编译）"
  done
}

prepare_prefix() {
  [ ! -e "$prefix/zhiwen.db" ] || fail "$prefix 是数据目录；请另选安装目录"
  mkdir -p "$prefix/releases" 2>/dev/null || fail "不能写入 $prefix；请以 root 执行，或用 --prefix 另选目录"
  [ -w "$prefix/releases" ] || fail "不能写入 $prefix；请以 root 执行，或用 --prefix 另选目录"
  if command -v flock >/dev/null; then
    exec 9>"$prefix/.lock"
    flock -n 9 || fail "另一个安装正在进行"
  fi
}

works() {
  "$1/bin/python" -I -c 'import ladybug, lxml.etree, numpy, spacy, tantivy, service.cli' >/dev/null 2>&1
}

install_release() {
  release=$prefix/releases/$VERSION-$(sha256sum "$bundle/requirements.txt" | cut -c 1-12)
  if [ -e "$release/.complete" ] && works "$release"; then
    echo "已安装 $VERSION，无变化"
    return
  fi
  echo "正在安装 $VERSION 到 $release ……"
  rm -rf "$release"
  "$python" -I -m venv --without-pip "$release" || fail "不能建立 Python 虚拟环境"
  # pip runs out of its own wheel, so that the machine needs none; neither settings nor variables can send it elsewhere.
  pip=$(echo "$bundle"/wheels/pip-*.whl)
  env -u PYTHONPATH -u PYTHONHOME PIP_CONFIG_FILE=/dev/null "$release/bin/python" "$pip/pip" \
    --isolated --disable-pip-version-check --no-input install --quiet --no-cache-dir \
    --no-index --find-links "$bundle/wheels" --only-binary=:all: --require-hashes -r "$bundle/requirements.txt" ||
    fail "组件没有装好，原因见上；已安装的版本不受影响"
  works "$release" || {
    "$release/bin/python" -I -c 'import ladybug, lxml.etree, numpy, spacy, tantivy, service.cli' || true
    fail "装好的组件不能在本机运行，原因见上；已安装的版本不受影响"
  }
  : >"$release/.complete"
}

switch_release() {
  former=$(readlink "$prefix/current" 2>/dev/null || true)
  wanted=releases/${release##*/}
  if [ "$former" != "$wanted" ]; then
    [ -z "$former" ] || point previous "$former"
    point current "$wanted"
  fi
  kept=$(readlink "$prefix/previous" 2>/dev/null || true)
  # Older ones go, and what an interrupted installation left.
  for old in "$prefix"/releases/*/pyvenv.cfg; do
    old=${old%/pyvenv.cfg}
    case releases/${old##*/} in
      "$wanted" | "$kept") ;;
      *) rm -rf "$old" ;;
    esac
  done
  mkdir -p "$prefix/bin"
  ln -sfn ../current/bin/zhiwen "$prefix/bin/zhiwen"
}

point() {
  ln -sfn "$2" "$prefix/.$1.new"
  mv -T "$prefix/.$1.new" "$prefix/$1"
}

check_systemd() {
  [ "$(id -u)" = 0 ] || fail "--systemd 须以 root 执行"
  [ -d /run/systemd/system ] || fail "本机没有运行 systemd；请去掉 --systemd，自行启动 $prefix/bin/zhiwen serve"
}

install_service() {
  getent passwd zhiwen >/dev/null ||
    useradd --system --user-group --no-create-home --home-dir /var/lib/zhiwen --shell /sbin/nologin zhiwen ||
    fail "不能建立用户 zhiwen"
  install -m 0755 "$bundle/zhiwen-admin" "$prefix/bin/zhiwen-admin"
  install -d -m 0750 -o root -g zhiwen /etc/zhiwen
  [ -e /etc/zhiwen/zhiwen.env ] || install -m 0640 -o root -g zhiwen "$bundle/zhiwen.env" /etc/zhiwen/zhiwen.env
  sed "s|/opt/zhiwen/|$prefix/|g" "$bundle/zhiwen.service" >/etc/systemd/system/zhiwen.service
  systemctl daemon-reload
  systemctl enable --quiet zhiwen
  systemctl try-restart zhiwen
}

read_arguments "$@"
check_machine
check_bundle
find_python
[ "$systemd" = no ] || check_systemd
prepare_prefix
install_release
switch_release
if [ "$systemd" = yes ]; then
  install_service
  echo "安装完成。设置：/etc/zhiwen/zhiwen.env；启动：systemctl start zhiwen；命令：$prefix/bin/zhiwen-admin doctor"
else
  echo "安装完成。启动：$prefix/bin/zhiwen serve"
fi
