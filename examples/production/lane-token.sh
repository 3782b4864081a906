#!/bin/sh
# The token of a lane for one call, good for a minute: lane-token.sh LANE TASK BODY
# To try it out, on a machine of your own, since openssl gets the secret as an argument; an app on Runner 6 makes its
# tokens itself. The lane's secret is the file of its name in secrets/.
set -eu
[ $# -eq 3 ] || { echo "usage: sh lane-token.sh LANE TASK BODY" >&2; exit 2; }
lane=$1 task=$2 body=$3
secret=$(cat "secrets/$lane")

encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

now=$(date +%s)
hash=$(printf %s "$body" | openssl dgst -sha256 -binary | encode)
head=$(printf '{"alg":"HS256","typ":"JWT"}' | encode)
claims=$(printf '{"lane":"%s","cap":"produce","kind":"rpc-task","target":"%s","hash":"%s","iat":%d,"exp":%d}' \
    "$lane" "$task" "$hash" "$now" $((now + 60)) | encode)
signature=$(printf %s "$head.$claims" | openssl dgst -sha256 -hmac "$secret" -binary | encode)
echo "$head.$claims.$signature"
