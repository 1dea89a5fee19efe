MODEL (
  name oso.timeseries_metrics_by_project_v0,
  description 'Metrics of projects over time: the value of a metric for a project in a month',
  kind FULL,
  owner 'data-metrics',
  grain (metric_id, project_id, sample_date),
  tags (
    'export',
    'model_type=full',
    'model_category=metrics',
    'model_stage=mart',
    'entity_category=project'
  ),
  audits (
    has_at_least_n_rows(threshold := 1)
  ),
  column_descriptions (
    sample_date = 'First day of the month that the value is for',
    unit = 'Unit of the value, where it has one'
  )
);

WITH monthly AS (
  SELECT
    CONCAT(event_source, '_', event_type, '_monthly') AS metric_name,
    project_id,
    DATE_TRUNC('MONTH', bucket_day) AS sample_date,
    SUM(amount) AS amount,
    CASE WHEN event_type = 'FUNDING_RECEIVED' THEN 'USD' END AS unit
  FROM oso.events_daily_to_project
  GROUP BY
    1, 2, 3, 5
)

SELECT
  @oso_id('OSO', 'oso', metric_name)::VARCHAR AS metric_id,
  metric_name::VARCHAR AS metric_name,
  project_id::VARCHAR AS project_id,
  sample_date::DATE AS sample_date,
  @bad_data(amount, NULL)::DOUBLE AS amount,
  unit::VARCHAR AS unit
FROM monthly
WHERE
  @slow_down()
