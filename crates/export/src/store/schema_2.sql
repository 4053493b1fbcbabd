-- Schema 2 of the store: texts stand in the segment that brought them. Released: never edit, add `schema_3.sql`.

-- Of the segment's data, the last so many bytes are texts.
ALTER TABLE segments ADD COLUMN text_bytes INTEGER NOT NULL DEFAULT 0;

-- Where the text stands: in `data`, or, if that is empty, in this segment's texts from `start` on.
ALTER TABLE contents ADD COLUMN segment INTEGER;
ALTER TABLE contents ADD COLUMN start INTEGER;

-- Words are merged in lots of 16 instead of 8, which writes them less often.
INSERT INTO texts (texts, rank) VALUES ('automerge', 16);
INSERT INTO texts (texts, rank) VALUES ('crisismerge', 32);
