MODEL (
  name @{crash_schema}.totals,
  description 'One row for each table above: written last, and wrong when any of them is',
  kind FULL,
  end '2025-01-08'
);

SELECT
  source::VARCHAR AS source,
  COUNT(*)::BIGINT AS number_of_rows,
  SUM(amount)::BIGINT AS amount,
  @mark()::BIGINT AS mark
FROM (
  SELECT 'events' AS source, amount FROM @{crash_schema}.events
  UNION ALL
  SELECT 'log' AS source, amount FROM @{crash_schema}.log
  UNION ALL
  SELECT 'steps' AS source, amount FROM @{crash_schema}.steps
  UNION ALL
  SELECT 'history' AS source, amount FROM @{crash_schema}.history
  UNION ALL
  SELECT 'latest' AS source, id AS amount FROM @{crash_schema}.latest
) AS everything
WHERE
  @slow_down()
GROUP BY
  source
