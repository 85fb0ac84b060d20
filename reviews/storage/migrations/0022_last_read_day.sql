-- Reading a review again changes the time of its last reading and nothing that an index holds: the index for content
-- whose time is over holds the day, which most readings leave as it is. Rows have room to change in place.
ALTER TABLE reviews ADD COLUMN last_read_day TEXT
    GENERATED ALWAYS AS (substr(last_read_at, 1, 10)) /*sqlite: VIRTUAL*/ /*postgres: STORED*/;
DROP INDEX reviews_by_last_read;
CREATE INDEX reviews_by_last_read ON reviews (origin, last_read_day);
/*postgres: ALTER TABLE reviews SET (fillfactor = 85); ALTER TABLE sources SET (fillfactor = 70); */
