MODEL (
  name @{crash_schema}.steps,
  description 'Two batches of which the second is appended: written twice, it is there twice',
  kind CUSTOM (
    materialization 'appended',
    batch_size 4,
    batch_concurrency 1
  ),
  end '2025-01-08'
);

SELECT
  id::INTEGER AS id,
  amount::BIGINT AS amount,
  @mark()::BIGINT AS mark
FROM @{crash_schema}.events
WHERE
  day BETWEEN @start_date AND @end_date
  AND @slow_down()
