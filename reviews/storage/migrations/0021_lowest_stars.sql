-- A list with the lowest stars first pages by key too: the sign turns the order round, so that all of the key falls.
CREATE INDEX reviews_by_stars ON reviews (group_id, (-COALESCE(stars100, 501)), written_at, id);
