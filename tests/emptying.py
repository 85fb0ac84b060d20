"""Emptying a test's PostgreSQL database, which costs a fraction of copying another from the template."""

import psycopg

# `schema_migrations` holds what the schema itself brings. Sequences start again, since tests know their first ids.
_EMPTY = """
DO $$
DECLARE
  name text;
  filled text[] := '{}';
  has_rows boolean;
BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'schema_migrations' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO has_rows;
    IF has_rows THEN filled := filled || name; END IF;
  END LOOP;
  IF filled <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE'; END IF;
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
