MODEL (
  name lab.daily,
  kind INCREMENTAL_BY_TIME_RANGE (time_column day, batch_size 4),
  end '2024-01-12',
  owner data,
  description 'Events by day',
  tags ['entity_category=project', 'Model_Type'],
  audits (not_null(columns := (id)), at_most(threshold := 3))
);

SELECT id, day, kind, actor FROM lab.events WHERE day BETWEEN @start_ds AND @end_ds;
