#!/bin/sh
# Run once, by the image of PostgreSQL, on an empty database: its owner, who is no superuser and may make the web role.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$POSTGRES_OWNER_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'END'
CREATE ROLE marketing_owner LOGIN CREATEROLE PASSWORD :'password';
GRANT SET ON PARAMETER wal_compression TO marketing_owner;
ALTER DATABASE marketing OWNER TO marketing_owner;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
END
