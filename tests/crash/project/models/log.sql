MODEL (
  name @{crash_schema}.log,
  description 'What INSERT appends to: written twice, it is there twice',
  kind INCREMENTAL_UNMANAGED (
    disable_restatement FALSE
  ),
  end '2025-01-08'
);

SELECT
  id::INTEGER AS id,
  amount::BIGINT AS amount,
  @mark()::BIGINT AS mark,
  day::DATE AS day
FROM @{crash_schema}.events
WHERE
  day BETWEEN @start_date AND @end_date
  AND @slow_down()
