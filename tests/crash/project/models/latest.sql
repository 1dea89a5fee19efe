MODEL (
  name @{crash_schema}.latest,
  description 'The last event of each actor; two batches that are merged',
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key actor,
    batch_size 4
  ),
  end '2025-01-08'
);

SELECT
  actor::VARCHAR AS actor,
  MAX_BY(id, day)::INTEGER AS id,
  @mark()::BIGINT AS mark
FROM @{crash_schema}.events
WHERE
  day BETWEEN @start_date AND @end_date
  AND @slow_down()
GROUP BY
  actor
