MODEL (
  name @{crash_schema}.events,
  description 'Three actors a day; three batches that replace their days',
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column day,
    batch_size 3,
    batch_concurrency 1
  ),
  end '2025-01-08',
  grain (id)
);

SELECT
  n::INTEGER AS id,
  ('actor ' || CAST(MOD(n, 3) AS VARCHAR))::VARCHAR AS actor,
  (n * n)::BIGINT AS amount,
  @mark()::BIGINT AS mark,
  DATE_ADD('day', n / 3, DATE '2025-01-01')::DATE AS day
FROM UNNEST(SEQUENCE(0, 23)) AS numbers(n)
WHERE
  DATE_ADD('day', n / 3, DATE '2025-01-01') BETWEEN @start_date AND @end_date
  AND @slow_down()
