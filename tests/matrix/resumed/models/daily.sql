MODEL (
  name lab.daily,
  kind INCREMENTAL_BY_TIME_RANGE (time_column day, batch_size 3, batch_concurrency 1),
  end '2024-01-12'
);

SELECT id, day, kind, @VAR('factor')::INTEGER AS factor
FROM lab.events
WHERE day BETWEEN @start_ds AND @end_ds AND @disturbed('lab.daily');
