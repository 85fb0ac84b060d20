-- Whoever takes the next of what is due takes the oldest, and of as many as became due at one moment (all sources of an
-- applied file, all messages of an hour) the first: the index says which, else each would sort all that are left.
DROP INDEX sources_due;
CREATE INDEX sources_due ON sources (next_due_at, id) WHERE next_due_at IS NOT NULL;
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (next_try_at, id) WHERE state = 'waiting';
DROP INDEX reply_posts_due;
CREATE INDEX reply_posts_due ON reply_posts (next_try_at, id) WHERE state = 'waiting';
