-- SQLite finds the newest hits of a word without gathering all of them: the index keeps in which reviews a word stands
-- and not where, the beginnings of words up to three letters, and where a review stands (group, clinic, source) as words
-- that begin with a letter for private use, which no search holds.
/*sqlite: DROP TRIGGER review_words_added;
DROP TRIGGER review_words_removed;
DROP TRIGGER review_words_changed;
DROP TABLE review_words;
CREATE VIRTUAL TABLE review_words USING fts5(
    author, title, text, place, content='', detail='column', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO review_words (review_words, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE review_terms USING fts5vocab(review_words, instance);
CREATE VIEW review_places AS SELECT id, char(57344) || 'g' || group_id || ' ' || char(57344) || 'c' || clinic_id || ' '
    || char(57344) || 's' || source_id AS place FROM reviews;
INSERT INTO review_words (rowid, author, title, text, place)
SELECT c.review_id, c.author, c.title, c.text, p.place
FROM review_contents AS c JOIN review_places AS p ON p.id = c.review_id ORDER BY c.review_id;
CREATE TRIGGER review_words_added AFTER INSERT ON review_contents BEGIN
    INSERT INTO review_words (rowid, author, title, text, place)
    SELECT new.review_id, new.author, new.title, new.text, p.place FROM review_places AS p WHERE p.id = new.review_id;
END;
CREATE TRIGGER review_words_removed AFTER DELETE ON review_contents BEGIN
    INSERT INTO review_words (review_words, rowid, author, title, text, place)
    SELECT 'delete', old.review_id, old.author, old.title, old.text, p.place FROM review_places AS p
    WHERE p.id = old.review_id;
END;
CREATE TRIGGER review_words_changed AFTER UPDATE OF author, title, text ON review_contents
WHEN new.author IS NOT old.author OR new.title IS NOT old.title OR new.text IS NOT old.text BEGIN
    INSERT INTO review_words (review_words, rowid, author, title, text, place)
    SELECT 'delete', old.review_id, old.author, old.title, old.text, p.place FROM review_places AS p
    WHERE p.id = old.review_id;
    INSERT INTO review_words (rowid, author, title, text, place)
    SELECT new.review_id, new.author, new.title, new.text, p.place FROM review_places AS p WHERE p.id = new.review_id;
END;
CREATE TRIGGER review_contents_first BEFORE DELETE ON reviews BEGIN
    DELETE FROM review_contents WHERE review_id = old.id;
END;
*/

-- How many were written lately, clinic by clinic, is counted from the index alone.
CREATE INDEX reviews_lately ON reviews (group_id, written_at, clinic_id)
    WHERE written_at <> first_seen_at AND copy_of IS NULL;
