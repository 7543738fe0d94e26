#!/bin/sh
# Run by the image, once, on an empty data directory: one role for each program, each the owner of its databases alone.
# OWNERS names them, a line each: role, password's variable, databases.
set -eu

echo "$OWNERS" | while read -r role variable databases; do
  [ -n "$role" ] || continue
  eval "password=\$$variable"
  for database in $databases; do
    psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
      --set role="$role" --set password="$password" --set database="$database" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'role', :'password')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'database') \gexec
SQL
  done
done
