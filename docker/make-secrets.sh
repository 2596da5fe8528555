#!/bin/sh
# Makes the password of Neo4j once, in the two forms that the containers read: docker/make-secrets.sh [FOLDER]
set -eu
folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder/neo4j_password" ] || [ -e "$folder/neo4j_auth" ]; then
  echo "已有密码文件：$folder；如需更换，请先在 Neo4j 中修改密码" >&2
  exit 1
fi
# The folder keeps others of this machine out; the files are readable for the containers' own users, who see only them.
mkdir -p "$folder"
chmod 0700 "$folder"
password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$password" >"$folder/neo4j_password"
printf 'neo4j/%s' "$password" >"$folder/neo4j_auth"
chmod 0444 "$folder/neo4j_password" "$folder/neo4j_auth"
echo "已生成 Neo4j 密码：$folder"
