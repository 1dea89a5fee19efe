MODEL (
  name lab.events,
  kind SEED (path '../seeds/events.csv'),
  columns (id INTEGER, day DATE, kind TEXT)
);
