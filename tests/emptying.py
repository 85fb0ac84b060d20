"""Emptying a test's PostgreSQL database, which costs a fraction of copying another from the template.

Rows are deleted, since new files for every table and index (TRUNCATE) cost four times as much; only a table that has
grown gets new ones.
"""

import psycopg

# `schema_migrations` holds what the schema itself brings. Sequences start again, since tests know their first ids.
_EMPTY = """
DO $$
DECLARE
  name text;
  grown text[] := '{}';
  has_rows boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'schema_migrations' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO has_rows;
    IF pg_total_relation_size(name) > 2000000 THEN grown := grown || name;
    ELSIF has_rows THEN EXECUTE 'DELETE FROM ' || name; END IF;
  END LOOP;
  IF grown <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(grown, ', ') || ' CASCADE'; END IF;
  FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
  END LOOP;
END $$
"""
_SHAPE = """
SELECT
  (SELECT md5(string_agg(relname || ' ' || relkind::text || ' ' || relnatts::text, ',' ORDER BY relname)) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace),
  (SELECT count(*) FROM pg_trigger),
  (SELECT count(*) FROM pg_constraint),
  (SELECT md5(string_agg(m::text, ',' ORDER BY m::text)) FROM schema_migrations m)
"""


def read_shape(url: str) -> tuple[object, ...] | None:
    """What `empty_database` compares: tables, indexes, columns, rules and the schema's own rows."""
    with psycopg.connect(url) as connection:
        return connection.execute(_SHAPE).fetchone()


def empty_database(url: str, shape: tuple[object, ...] | None) -> bool:
    """Whether the database is empty and of that shape again; False if a test has changed its schema."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_EMPTY)
            return connection.execute(_SHAPE).fetchone() == shape
    except psycopg.Error:
        return False
