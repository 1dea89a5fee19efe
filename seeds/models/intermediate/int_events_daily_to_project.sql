MODEL (
  name oso.int_events_daily_to_project,
  description 'Events of every source summed by project, day and type',
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column bucket_day,
    batch_size 3,
    batch_concurrency 1
  ),
  start '2025-01-01',
  end '2025-06-30',
  cron '@monthly',
  owner 'data-metrics',
  grain (bucket_day, project_id, event_source, event_type),
  tags (
    'model_type=incremental',
    'model_stage=intermediate',
    'entity_category=project',
    'entity_category=event'
  ),
  audits (
    has_at_least_n_rows(threshold := 1)
  )
);

WITH events AS (
  SELECT
    github.time,
    artifacts.project_id,
    github.event_source,
    github.event_type,
    github.amount
  FROM oso.int_events__github AS github
  INNER JOIN oso.int_artifacts_by_project AS artifacts
    ON github.to_artifact_id = artifacts.artifact_id
  UNION ALL
  SELECT
    time,
    project_id,
    event_source,
    event_type,
    amount
  FROM oso.int_events__funding
)

SELECT
  time::DATE AS bucket_day,
  project_id::VARCHAR AS project_id,
  event_source::VARCHAR AS event_source,
  event_type::VARCHAR AS event_type,
  SUM(amount)::DOUBLE AS amount
FROM events
WHERE
  time BETWEEN @start_dt AND @end_dt
GROUP BY
  1, 2, 3, 4
