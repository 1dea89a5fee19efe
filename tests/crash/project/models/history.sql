MODEL (
  name @{crash_schema}.history,
  description 'What each actor had done by when; two batches, the second of which closes rows of the first',
  kind SCD_TYPE_2_BY_TIME (
    unique_key actor,
    updated_at_name updated_at,
    updated_at_as_valid_from TRUE,
    invalidate_hard_deletes FALSE,
    batch_size 4,
    disable_restatement FALSE
  ),
  end '2025-01-08'
);

SELECT
  actor::VARCHAR AS actor,
  SUM(amount)::BIGINT AS amount,
  @mark()::BIGINT AS mark,
  MAX(day)::TIMESTAMP AS updated_at
FROM @{crash_schema}.events
WHERE
  day BETWEEN @start_date AND @end_date
  AND @slow_down()
GROUP BY
  actor
