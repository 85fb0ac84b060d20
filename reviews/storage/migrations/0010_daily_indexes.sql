-- What Today asks for is found without walking through all reviews.
CREATE INDEX reviews_by_first_seen ON reviews (group_id, first_seen_at);
CREATE INDEX reviews_changed_after_answer ON reviews (group_id, written_at, id) WHERE changed_at > answered_at;
CREATE INDEX replies_rejected ON replies (group_id, review_id) WHERE state = 'rejected';
