-- On PostgreSQL the words of a review are kept, not only indexed: a common word is found by walking back from the newest.
/*postgres: DROP INDEX review_contents_words;
ALTER TABLE review_contents ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', translate(
    COALESCE(author, '') || ' ' || title || ' ' || text,
    'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
    'AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyy'))) STORED;
CREATE INDEX review_contents_words ON review_contents USING gin (words);
*/
